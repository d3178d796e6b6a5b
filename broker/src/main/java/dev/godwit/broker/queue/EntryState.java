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
 *
 * <p>One that comes before its time, or is to be tried again later, is DELAYED first, and then READY. One that a consumer lays aside is DEFERRED until somebody asks for it. An ACQUIRED one that is settled within a transaction is RETIRED until that ends, and ACQUIRED again for as long as
 * it takes to do what follows. One that its consumer has for too long is LOST, and ACQUIRED in another entry, from which it
 * goes back. A READY, ACQUIRED or LEAVING one whose bytes turn out to be damaged becomes SET_ASIDE.
 */
enum EntryState {
    /** Waits for the journal. No consumer sees it. */
    ARRIVING,
    /** May be given to a consumer. */
    READY,
    /** Not to be given to anybody before a time. */
    DELAYED,
    /** Laid aside: not to be given to anybody who does not ask for it by its number. */
    DEFERRED,
    /** Some consumer has it and has not settled it. */
    ACQUIRED,
    /** Some consumer has settled it within a transaction that has not ended. */
    RETIRED,
    /** The same, and the transaction is prepared: it waits for its commit or its rollback, perhaps for long. */
    PREPARED,
    /** Terminal of a delivery: its consumer had it for too long, and the message goes on in another entry. */
    LOST,
    /** On its way to another address; still here until it is safe there. */
    LEAVING,
    /** No message of the queue, but a copy of one, for a consumer that only looks: whatever it says of it is void. */
    SHOWN,
    /** Terminal here: it cannot be read. The journal keeps what is left of it, for whoever can repair it. */
    SET_ASIDE,
    /** Terminal. */
    GONE;

    /** True while some consumer has it, or has settled it in a transaction that has not ended. */
    boolean isWithConsumer() {
        return this == ACQUIRED || this == RETIRED || this == PREPARED;
    }

    boolean mayBecome(EntryState next) {
        return switch (this) {
            case ARRIVING -> next == READY || next == DELAYED || next == GONE;
            case DELAYED, DEFERRED -> next == READY || next == GONE;
            case READY ->
                next == ACQUIRED
                        || next == DELAYED
                        || next == DEFERRED
                        || next == LEAVING
                        || next == SET_ASIDE
                        || next == GONE;
            case ACQUIRED ->
                next == READY
                        || next == RETIRED
                        || next == LOST
                        || next == LEAVING
                        || next == SET_ASIDE
                        || next == GONE;
            case RETIRED -> next == ACQUIRED || next == PREPARED;
            case PREPARED -> next == ACQUIRED;
            case LEAVING -> next == READY || next == SET_ASIDE || next == GONE;
            case LOST, SHOWN, SET_ASIDE, GONE -> false;
        };
    }
}
