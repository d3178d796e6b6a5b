package dev.godwit.amqp.type;

/** How a receiver settles (AMQP 1.0 §2.8.3). The ordinal is the number on the wire. */
public enum ReceiverSettleMode {
    FIRST,
    SECOND
}
