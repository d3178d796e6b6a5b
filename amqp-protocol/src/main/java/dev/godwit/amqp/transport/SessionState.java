package dev.godwit.amqp.transport;

/**
 * The life of a session, as our end sees it.
 *
 * <pre>
 *   BEGIN_SENT ── peer agrees ──▶ MAPPED ── we end ──▶ END_SENT ── peer ends ──▶ ENDED
 *       └──────────────────────────┴──────────── peer ends ─────────────────────▲
 * </pre>
 */
enum SessionState {
    /** Ours; the peer has not agreed yet. */
    BEGIN_SENT,
    /** Both ends have begun. */
    MAPPED,
    /** We ended it; what still comes from the peer is dropped (AMQP 1.0 §2.5.5, discarding). */
    END_SENT,
    /** Terminal: over at both ends. */
    ENDED;

    boolean mayBecome(SessionState next) {
        return next.compareTo(this) > 0;
    }
}
