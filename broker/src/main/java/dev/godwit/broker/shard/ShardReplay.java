package dev.godwit.broker.shard;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.queue.LargeMessage;
import dev.godwit.broker.queue.StoredBranch;
import dev.godwit.broker.queue.StoredMessages;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.MessageAnnotated;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import dev.godwit.storage.record.JournalRecord.TransactionPrepared;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a shard's log says at start: which messages are in each queue, without the messages themselves. Used on the
 * starting thread, then handed to the shard's loop.
 */
public final class ShardReplay implements ShardRecovery {
    private static final Logger log = LoggerFactory.getLogger(ShardReplay.class);

    private final int shard;
    private final Map<Long, StoredMessages> messagesByQueue = new HashMap<>();
    private final UnfinishedTransactions transactions = new UnfinishedTransactions();
    private final Predicate<UUID> isPrepared;

    /** What transactions that stay prepared have done here. */
    private final Map<UUID, StoredBranch> prepared = new HashMap<>();

    /** By index of what they have posted, and of what they would remove. */
    private final Map<Long, StoredBranch> posted = new HashMap<>();

    private final Map<Long, StoredBranch> removed = new HashMap<>();

    /** Most messages come in a row of their queue. */
    private long lastQueueId;

    private @Nullable StoredMessages lastMessages;

    /** @param isPrepared whether a transaction stays prepared that no shard says was committed */
    public ShardReplay(int shard, Predicate<UUID> isPrepared) {
        this.shard = shard;
        this.isPrepared = isPrepared;
    }

    @Override
    public void onNotBefore(long index, long queueId, long notBeforeMillis) {
        messagesOf(queueId).notBefore(index, notBeforeMillis);
    }

    @Override
    public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
        if (isPosted(index, queueId, attributes, expiryTimeMillis, null)) {
            return;
        }
        messagesOf(queueId).add(index, attributes, expiryTimeMillis, deliveryCount);
    }

    @Override
    public void onLargeMessage(
            long index,
            long queueId,
            int attributes,
            long expiryTimeMillis,
            int deliveryCount,
            long encodedBytes,
            LongRanges partIndices) {
        if (isPosted(
                index,
                queueId,
                attributes,
                expiryTimeMillis,
                new LargeMessage(attributes, encodedBytes, partIndices))) {
            return;
        }
        messagesOf(queueId).addLarge(index, attributes, expiryTimeMillis, deliveryCount, encodedBytes, partIndices);
    }

    /** True of a message that is not in its queue, but was posted in a transaction which stays prepared. */
    private boolean isPosted(
            long index, long queueId, int attributes, long expiryTimeMillis, @Nullable LargeMessage large) {
        if (prepared.isEmpty()) {
            return false;
        }
        var posting = posted.remove(index);
        if (posting != null) {
            messagesOf(queueId).addPosted(index, attributes, expiryTimeMillis, large, posting);
            return true;
        }
        var removing = removed.remove(index);
        if (removing != null) {
            messagesOf(queueId).prepared(index, removing);
        }
        return false;
    }

    @Override
    public void onRecord(long index, JournalRecord record) {
        if (record instanceof MessageAnnotated annotated) {
            onAnnotated(annotated);
            return;
        }
        if (record instanceof QueueNoted noted) {
            onNoted(index, noted);
            return;
        }
        throw new IllegalStateException("shard " + shard + " holds "
                + record.getClass().getSimpleName() + " at index " + index + "; definitions belong in shard 0");
    }

    private void onAnnotated(MessageAnnotated record) {
        try {
            messagesOf(record.queueId()).annotate(record.messageIndex(), AddedAnnotations.decode(record.annotations()));
        } catch (MalformedMessageException malformed) {
            log.error(
                    "shard {}: message {} loses what consumers wrote on it: {}",
                    shard,
                    record.messageIndex(),
                    malformed.getMessage());
        }
    }

    private void onNoted(long index, QueueNoted record) {
        try {
            messagesOf(record.queueId()).note(index, record.note());
        } catch (IllegalArgumentException unreadable) {
            log.error("shard {}: a queue has forgotten what it wrote down: {}", shard, unreadable.getMessage());
        }
    }

    @Override
    public boolean onTransactionPrepared(long index, TransactionPrepared record, boolean isCommitted) {
        boolean stays = !isCommitted && isPrepared.test(record.transactionId());
        if (stays) {
            var branch = new StoredBranch();
            prepared.put(record.transactionId(), branch);
            putAll(posted, record.posted(), branch);
            putAll(removed, record.removed(), branch);
        } else {
            transactions.onPrepared(record, isCommitted);
        }
        return stays;
    }

    private static void putAll(Map<Long, StoredBranch> branches, LongRanges indices, StoredBranch branch) {
        for (int range = 0; range < indices.count(); range++) {
            for (long index = indices.first(range); index <= indices.last(range); index++) {
                branches.put(index, branch);
            }
        }
    }

    @Override
    public void onTransactionDecided(long index, UUID transactionId) {
        transactions.onDecided(transactionId);
    }

    /** Transactions that stay prepared: what they do here, once all queues have taken over what they hold. */
    Map<UUID, StoredBranch> prepared() {
        return prepared;
    }

    /** Transactions that were under way when the broker stopped. */
    UnfinishedTransactions transactions() {
        return transactions;
    }

    private StoredMessages messagesOf(long queueId) {
        var messages = lastMessages;
        if (messages == null || queueId != lastQueueId) {
            messages = messagesByQueue.computeIfAbsent(queueId, id -> new StoredMessages());
            lastMessages = messages;
            lastQueueId = queueId;
        }
        return messages;
    }

    /** Hands over the messages of one queue and forgets them; null when it has none. */
    @Nullable
    StoredMessages takeMessages(long queueId) {
        lastMessages = null;
        return messagesByQueue.remove(queueId);
    }

    /** The messages of queues that nobody took, by queue id: their queue was deleted. */
    Map<Long, StoredMessages> leftovers() {
        return messagesByQueue;
    }
}
