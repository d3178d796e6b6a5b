package dev.godwit.amqp.type;

/** The state of a delivery at one end of a link (AMQP 1.0 §3.4, §4.5.5 to §4.5.8). */
public sealed interface DeliveryState permits Outcome, Received, Declared, TransactionalState {}
