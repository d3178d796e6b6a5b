package dev.godwit.broker.filter;

import org.jspecify.annotations.Nullable;

/**
 * A node of a compiled selector. Its value is a Boolean, a String, a Long, a Double or a BigDecimal, or null, which is
 * SQL's unknown. Immutable; what it knows of the message at hand is in the {@link MessageFields}.
 */
abstract class Expression {
    /** What is known of a value before there is a message. */
    enum Kind {
        BOOLEAN("a condition"),
        NUMBER("a number"),
        STRING("a string"),
        /** A property: only the message knows. */
        ANY("a property");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }

        boolean mayBe(Kind wanted) {
            return this == wanted || this == ANY;
        }
    }

    abstract @Nullable Object value(MessageFields fields);

    abstract Kind kind();

    /** What a message's codes must be for this to be true; null when they do not tell. */
    @Nullable
    CodeCondition codes(IndexedFields indexed) {
        return null;
    }
}
