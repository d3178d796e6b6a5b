package dev.godwit.amqp.message;

/** What the body of a message consists of (AMQP 1.0 §3.2). */
public enum BodyKind {
    /** No section at all: against the specification, but some clients send it. */
    NONE,
    /** One or more amqp:data:binary. */
    DATA,
    /** One or more amqp:amqp-sequence:list. */
    SEQUENCE,
    /** One amqp:amqp-value:*. */
    VALUE
}
