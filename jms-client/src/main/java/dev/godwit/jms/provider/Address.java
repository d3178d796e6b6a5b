package dev.godwit.jms.provider;

import java.util.Locale;

/** Where messages go to and come from: a node of the broker, by its name and its kind. A value. */
public record Address(String name, Kind kind) {
    /** The kinds of destination that Jakarta Messaging tells apart. */
    public enum Kind {
        QUEUE,
        TOPIC,
        TEMPORARY_QUEUE,
        TEMPORARY_TOPIC;

        public boolean isTopic() {
            return this == TOPIC || this == TEMPORARY_TOPIC;
        }

        public boolean isTemporary() {
            return this == TEMPORARY_QUEUE || this == TEMPORARY_TOPIC;
        }

        /** For a human: {@code temporary queue}. */
        public String words() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    public static Address queue(String name) {
        return new Address(name, Kind.QUEUE);
    }

    public static Address topic(String name) {
        return new Address(name, Kind.TOPIC);
    }

    /** For a human: {@code queue "orders"}. */
    @Override
    public String toString() {
        return kind.words() + " \"" + name + '"';
    }
}
