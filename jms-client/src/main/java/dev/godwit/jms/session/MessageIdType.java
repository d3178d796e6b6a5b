package dev.godwit.jms.session;

/** What the message ids of producers are. */
public enum MessageIdType {
    /** A text: the producer's, and a number that counts. */
    DEFAULT,
    /** AMQP's own type for universally unique ids. */
    UUID,
    /** Such an id as a text. */
    UUID_STRING,
    /** Such an id as a text, behind {@code ID:}. */
    PREFIXED_UUID_STRING
}
