package dev.godwit.jms.provider;

/** What became of a message that came. */
public enum Settlement {
    /** Consumed. */
    ACCEPTED,
    /** Given back untouched: nobody has tried it. */
    RELEASED,
    /** Given back after an attempt that failed. */
    FAILED,
    /** Given back after an attempt that failed, and not wanted here again. */
    UNDELIVERABLE,
    /** Cannot be processed by anybody. */
    REJECTED
}
