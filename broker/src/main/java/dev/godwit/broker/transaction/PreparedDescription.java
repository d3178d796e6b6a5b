package dev.godwit.broker.transaction;

import dev.godwit.amqp.type.GlobalTransactionId;

/**
 * A prepared transaction, as operators see it.
 *
 * @param user who declared it
 * @param preparedAtMillis wall clock, milliseconds since the epoch
 * @param state preparing, prepared, committing or rolling-back
 */
public record PreparedDescription(GlobalTransactionId globalId, String user, long preparedAtMillis, String state) {}
