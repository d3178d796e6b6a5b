package dev.godwit.broker.address;

/** What there can be at an address. */
public enum NodeKind {
    /** Holds messages; each goes to one consumer. */
    QUEUE("queue"),
    /** Holds nothing; each message goes to every subscription. */
    TOPIC("topic");

    private final String word;

    NodeKind(String word) {
        this.word = word;
    }

    /** As a sentence says it. */
    public String word() {
        return word;
    }

    NodeKind other() {
        return this == QUEUE ? TOPIC : QUEUE;
    }
}
