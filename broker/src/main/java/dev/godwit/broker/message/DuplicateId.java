package dev.godwit.broker.message;

import org.jspecify.annotations.Nullable;

/**
 * By what a message is known when it comes again: 128 bits of a hash of what it says of itself, or of its producer's id with
 * the number that the producer gave it.
 *
 * @param sequence the number, not negative; {@link #NO_SEQUENCE} when the hash says it all
 */
public record DuplicateId(long high, long low, long sequence) {
    public static final long NO_SEQUENCE = -1;

    /** The same number, if it is one, as one of that numbering; null for a producer that did not ask for any. */
    public DuplicateId in(@Nullable Numbering numbering) {
        return numbering == null || !isSequence()
                ? this
                : new DuplicateId(high ^ numbering.high(), low ^ numbering.low(), sequence);
    }

    public boolean isSequence() {
        return sequence != NO_SEQUENCE;
    }
}
