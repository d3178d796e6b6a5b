package dev.godwit.amqp.transport;

/**
 * The life of a link, as our end sees it.
 *
 * <pre>
 *   ATTACH_RECEIVED ── accepted ──▶ ATTACHED ◀── peer answered ── ATTACH_SENT
 *         │ refused                    │ we detach  │ peer detaches    │ we detach
 *         └────────▶ DETACH_SENT ◀─────┘            ▼                  │
 *                         └──── peer detaches ──▶ DETACHED             └──▶ DETACH_SENT
 *   any ── session or connection ends ──▶ DETACHED
 * </pre>
 */
enum LinkState {
    /** The peer's attach waits for our answer. */
    ATTACH_RECEIVED,
    /** Our attach waits for the peer's answer. */
    ATTACH_SENT,
    /** Both ends are attached. */
    ATTACHED,
    /** We detached; what still comes from the peer is dropped until its detach. */
    DETACH_SENT,
    /** Terminal: over at both ends. */
    DETACHED;

    boolean mayBecome(LinkState next) {
        return switch (this) {
            case ATTACH_RECEIVED, ATTACH_SENT -> next != this && next != ATTACH_RECEIVED && next != ATTACH_SENT;
            case ATTACHED -> next == DETACH_SENT || next == DETACHED;
            case DETACH_SENT -> next == DETACHED;
            case DETACHED -> false;
        };
    }
}
