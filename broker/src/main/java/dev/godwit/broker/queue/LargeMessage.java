package dev.godwit.broker.queue;

import dev.godwit.storage.record.LongRanges;

/**
 * A message too large to be held whole: where its bytes are. Immutable.
 *
 * @param attributes its {@link MessageAttributes}
 * @param encodedBytes length of the encoded AMQP message
 * @param partIndices the indices of its parts in the shard's log, in order
 */
public record LargeMessage(int attributes, long encodedBytes, LongRanges partIndices) {}
