package dev.godwit.broker.queue;

/**
 * The life of a message in a queue.
 *
 * <pre>
 *   ARRIVING ── committed ──▶ READY ── given to a consumer ──▶ ACQUIRED ── consumed ──▶ GONE
 *       │                      ▲ │                              │   │
 *       └── refused ──▶ GONE   │ └── expired, purged ──▶ GONE   │   └── rejected ──▶ LEAVING ── safe elsewhere ──▶ GONE
 *                              └────────── returned ────────────┘                      │
 *                              ▲───────────────── could not leave ─────────────────────┘
 * </pre>
 */
enum EntryState {
    /** Waits for the journal. No consumer sees it. */
    ARRIVING,
    /** May be given to a consumer. */
    READY,
    /** Some consumer has it and has not settled it. */
    ACQUIRED,
    /** On its way to another address; still here until it is safe there. */
    LEAVING,
    /** Terminal. */
    GONE;

    boolean mayBecome(EntryState next) {
        return switch (this) {
            case ARRIVING -> next == READY || next == GONE;
            case READY -> next == ACQUIRED || next == LEAVING || next == GONE;
            case ACQUIRED -> next == READY || next == LEAVING || next == GONE;
            case LEAVING -> next == READY || next == GONE;
            case GONE -> false;
        };
    }
}
