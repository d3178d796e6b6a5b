package dev.godwit.amqp.type;

/** How a sender settles (AMQP 1.0 §2.8.2). The ordinal is the number on the wire. */
public enum SenderSettleMode {
    UNSETTLED,
    SETTLED,
    MIXED
}
