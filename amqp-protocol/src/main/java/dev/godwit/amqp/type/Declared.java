package dev.godwit.amqp.type;

/** A coordinator's answer to a declare: the transaction exists under this id (AMQP 1.0 §4.5.6). */
public record Declared(TransactionId transactionId) implements DeliveryState {}
