package dev.godwit.broker.amqp;

/** The life of a {@link ResumableTerminus}. */
enum TerminusState {
    /** Its link is attached. */
    ATTACHED,
    /** Without a link: it waits to be claimed, or to expire. */
    SUSPENDED,
    /** Taken out, on its way to the next link of its name. */
    CLAIMED,
    /** Expired or closed: whatever it had has been given back. */
    OVER;

    boolean mayBecome(TerminusState next) {
        return switch (this) {
            case ATTACHED -> next == SUSPENDED || next == OVER;
            case SUSPENDED -> next == CLAIMED || next == OVER;
            case CLAIMED -> next == ATTACHED || next == SUSPENDED || next == OVER;
            case OVER -> false;
        };
    }
}
