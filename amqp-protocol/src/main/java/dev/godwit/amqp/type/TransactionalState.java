package dev.godwit.amqp.type;

import org.jspecify.annotations.Nullable;

/** What happens to the delivery is part of a transaction (AMQP 1.0 §4.5.8). */
public record TransactionalState(
        TransactionId transactionId, @Nullable Outcome outcome) implements DeliveryState {}
