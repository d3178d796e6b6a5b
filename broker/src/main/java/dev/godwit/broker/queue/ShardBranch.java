package dev.godwit.broker.queue;

import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.LargeMessagePosted;
import dev.godwit.storage.record.JournalRecord.MessagePosted;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.JournalRecord.TransactionPrepared;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction does to the queues of one shard: messages that it has posted, which nobody sees, and messages that
 * it has retired, which nobody else is given. Owned by the shard's loop; lives from the first such thing to the
 * transaction's end. Whoever ends it tells each branch once: {@link #commit}, {@link #prepare} and then
 * {@link #applyDecided}, or {@link #rollBack}; of a transaction that is to stay prepared {@link #hold}, {@link #prepare} and
 * then {@link #commit}, {@link #applyDecided} or {@link #rollBackPrepared}.
 *
 * <p>A posted message is appended at once and forces no sync: the record of the commit comes after it in the same log, so
 * the sync of that one makes both safe.
 */
public final class ShardBranch {
    /**
     * What is to become of a message, and who had it.
     *
     * @param afterRollback null when the consumer has not settled the delivery: after a rollback it has it again
     */
    private record Retired(
            QueueConsumer consumer,
            Outcome outcome,
            @Nullable Outcome afterRollback) {}

    /** For a message whose consumer left without settling it. */
    private static final Outcome FAILED = new Outcome.Modified(true, false, Map.of());

    private final QueueLog log;
    private final EventLoop owner;
    private final List<QueueEntry> posted = new ArrayList<>();

    /** Posted, in order, and not taken by the journal, because that is full. */
    private final ArrayDeque<QueueEntry> backlog = new ArrayDeque<>();

    private final Map<QueueEntry, Retired> retired = new LinkedHashMap<>();
    private boolean retryScheduled;
    private boolean ended;
    private boolean prepared;
    private boolean applied;

    /** Of what was posted some did not come, because it was here already. */
    private boolean leftOut;

    public ShardBranch(QueueLog log, EventLoop owner) {
        this.log = log;
        this.owner = owner;
    }

    /** What was prepared in an earlier run. Whoever had the messages that are retired is gone. */
    static ShardBranch prepared(QueueLog log, EventLoop owner, List<QueueEntry> posted, List<QueueEntry> retired) {
        var branch = new ShardBranch(log, owner);
        var consumer = QueueConsumer.ofEarlierRun();
        branch.posted.addAll(posted);
        retired.forEach(entry -> branch.retired.put(entry, new Retired(consumer, Accepted.INSTANCE, FAILED)));
        branch.ended = true;
        branch.prepared = true;
        return branch;
    }

    /** Known from the start and never changed: any thread may ask. */
    public int shard() {
        return log.shard();
    }

    /** The same: where this is to be told things. */
    public EventLoop owner() {
        return owner;
    }

    /** Takes a message in, to be seen when the transaction is committed. */
    void post(QueueEntry entry) {
        if (ended) {
            entry.queue().rejections().refuse(entry);
            return;
        }
        entry.queue().transacted().onPosted();
        if (backlog.isEmpty()) {
            takeIn(entry);
        } else {
            backlog.addLast(entry);
        }
    }

    private void takeIn(QueueEntry entry) {
        var parts = entry.parts();
        if (parts != null && parts.isGivenUp()) {
            refuse(entry);
            return;
        }
        if (entry.queue().transacted().answersDuplicate(entry)) {
            return;
        }
        try {
            if (!record(entry)) {
                retryLater(entry);
                return;
            }
        } catch (JournalFullException full) {
            retryLater(entry);
            return;
        }
        entry.queue().transacted().onRecorded(entry);
        posted.add(entry);
        entry.takeReply().onSafe();
    }

    /** False when parts of the message have to wait for room. */
    private boolean record(QueueEntry entry) {
        var parts = entry.parts();
        var message = entry.message();
        if (parts != null) {
            if (!parts.write()) {
                return false;
            }
            var large = parts.message();
            var record = parts.record(
                    large, entry.expiryTimeMillis(), entry.queue().duplicates().beforeAppend(entry));
            entry.takeIndex(log.appendLazily(new LargeMessagePosted(record), Parked.NOTHING));
            entry.queue().transacted().onTaken(entry);
            entry.recorded(large);
            return true;
        } else if (message != null && message.isDurable() && entry.queue().isKept()) {
            var record = entry.queue().record(entry, message);
            entry.takeIndex(log.appendLazily(new MessagePosted(record), Parked.NOTHING));
        }
        entry.queue().transacted().onTaken(entry);
        return true;
    }

    private void retryLater(QueueEntry entry) {
        backlog.addFirst(entry);
        if (!retryScheduled) {
            retryScheduled = true;
            owner.schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, this::retry);
        }
    }

    private void retry() {
        retryScheduled = false;
        while (!backlog.isEmpty() && !retryScheduled) {
            takeIn(backlog.removeFirst());
        }
    }

    /**
     * A consumer has said, within the transaction, what is to become of a message that it has; or says it anew.
     *
     * @param afterRollback what becomes of it after a rollback, if the consumer has settled the delivery; else null, and a
     *     rollback brings it back to that consumer
     * @return false when it is not that consumer's message
     */
    boolean retire(QueueEntry entry, QueueConsumer consumer, Outcome outcome, @Nullable Outcome afterRollback) {
        if (applied) {
            // Said before the consumer heard of the commit. The message may be with somebody else by now.
            return true;
        }
        var known = retired.get(entry);
        if (known != null) {
            retired.put(entry, new Retired(known.consumer(), outcome, afterRollback));
            return true;
        }
        if (entry.state() != EntryState.ACQUIRED || entry.holder != consumer) {
            return false;
        }
        entry.queue().transacted().retire(entry);
        if (ended) {
            goBack(entry, new Retired(consumer, outcome, afterRollback));
        } else {
            retired.put(entry, new Retired(consumer, outcome, afterRollback));
        }
        return true;
    }

    /**
     * All of it happens, and is on stable storage, when {@code onCommitted} runs.
     *
     * @param participants other shards that have prepared the transaction: this is the decision for them, too
     * @param isKept whether what is on record of it stays, also when no other shard hangs on it
     * @param onCommitted told whether something is on record now that is to be forgotten: {@link #decision}
     */
    public void commit(UUID transactionId, List<Integer> participants, boolean isKept, Consumer<Boolean> onCommitted) {
        owner.assertCurrent();
        ended = true;
        leaveOutDuplicates();
        if (!touchesJournal() && participants.isEmpty()) {
            apply(false);
            onCommitted.accept(false);
            return;
        }
        var hanging = isKept && participants.isEmpty() ? List.of(shard()) : participants;
        append(
                () -> {
                    leaveOutDuplicates();
                    return writesWhatOutlives() ? committed(transactionId, hanging) : null;
                },
                whenSafe(() -> {
                    apply(true);
                    onCommitted.accept(!hanging.isEmpty());
                }),
                this::onCommitAppended);
    }

    /** What comes later is compared with what is on its way now. What was prepared is compared itself, when it is applied. */
    private void onCommitAppended() {
        if (!prepared) {
            posted.forEach(entry -> entry.queue().duplicates().onCommitAppended(entry));
        }
    }

    /** What came meanwhile does not come a second time. What is prepared stays as it is until it is applied. */
    private void leaveOutDuplicates() {
        if (prepared) {
            return;
        }
        var alike = new HashSet<>();
        leftOut |= posted.removeIf(entry -> entry.queue().transacted().isLeftOut(entry, alike));
    }

    /** Of the messages that are about to leave. False when it is not known yet what that is. */
    private boolean writesWhatOutlives() {
        for (var entry : retired.keySet()) {
            if (!entry.queue().letsLeave()) {
                return false;
            }
        }
        return true;
    }

    /** It is about to be prepared, and may stay so for long. */
    public void hold() {
        owner.assertCurrent();
        retired.keySet().forEach(entry -> entry.queue().transacted().prepare(entry));
    }

    /**
     * It can be committed, whatever happens.
     *
     * @param onPrepared told, when that is on stable storage, whether anything had to be put there
     */
    public void prepare(UUID transactionId, int decidingShard, Consumer<Boolean> onPrepared) {
        owner.assertCurrent();
        ended = true;
        leaveOutDuplicates();
        if (!touchesJournal()) {
            onPrepared.accept(false);
            return;
        }
        prepared = true;
        append(
                () -> writesWhatOutlives()
                        ? new TransactionPrepared(transactionId, decidingShard, postedIndices(), removedIndices())
                        : null,
                whenSafe(() -> onPrepared.accept(true)),
                () -> {});
    }

    /**
     * The transaction was decided elsewhere, and that is on stable storage: all of it happens now.
     *
     * @param onRecorded told when this shard knows by itself
     */
    public void applyDecided(UUID transactionId, Runnable onRecorded) {
        owner.assertCurrent();
        if (prepared) {
            var record = committed(transactionId, List.of());
            append(() -> record, whenSafe(onRecorded), () -> {});
        }
        apply(prepared);
    }

    /** The transaction was prepared, and its rollback is decided. */
    public void rollBackPrepared(UUID transactionId) {
        if (prepared) {
            decision().forget(transactionId);
        }
        rollBack();
    }

    /** Where its decision is on record, once this branch has taken it. Any thread may ask. */
    public DecisionRecord decision() {
        return new DecisionRecord(log, owner);
    }

    /** None of it happens. What comes in later is turned away. */
    public void rollBack() {
        owner.assertCurrent();
        ended = true;
        for (var entry = backlog.pollFirst(); entry != null; entry = backlog.pollFirst()) {
            refuse(entry);
        }
        posted.forEach(entry -> entry.queue().transacted().drop(entry));
        posted.clear();
        var leaving = new LinkedHashMap<>(retired);
        retired.clear();
        leaving.forEach(ShardBranch::goBack);
    }

    private static void refuse(QueueEntry entry) {
        entry.queue().transacted().drop(entry);
        entry.takeReply().onRefused();
    }

    private static void goBack(QueueEntry entry, Retired was) {
        var queue = entry.queue();
        queue.transacted().takeBack(entry, was.consumer());
        if (was.afterRollback() != null) {
            queue.settlements().settle(was.consumer(), entry, was.afterRollback());
        } else if (was.consumer().isGone()) {
            queue.settlements().settle(was.consumer(), entry, FAILED);
        }
    }

    /** @param afterRecord whether the journal has committed a record of the transaction here: behind all that came before */
    private void apply(boolean afterRecord) {
        applied = true;
        posted.forEach(entry -> entry.queue().transacted().admit(entry, afterRecord));
        posted.clear();
        var ending = new LinkedHashMap<>(retired);
        retired.clear();
        ending.forEach((entry, was) -> entry.queue().transacted().end(entry, was.consumer(), was.outcome()));
    }

    /** What was left out hangs on messages that may be on their way to the disk yet. */
    private boolean touchesJournal() {
        return prepared
                || leftOut
                || posted.stream().anyMatch(QueueEntry::isInJournal)
                || retired.entrySet().stream().anyMatch(ShardBranch::isRemoval);
    }

    private static boolean isRemoval(Map.Entry<QueueEntry, Retired> retirement) {
        return retirement.getKey().isInJournal() && retirement.getValue().outcome() instanceof Accepted;
    }

    private JournalRecord committed(UUID transactionId, List<Integer> participants) {
        return new TransactionCommitted(transactionId, participants, postedIndices(), removedIndices());
    }

    private LongRanges postedIndices() {
        var indices = posted.stream()
                .filter(QueueEntry::isInJournal)
                .mapToLong(QueueEntry::index)
                .toArray();
        return LongRanges.coveringAny(indices, indices.length);
    }

    private LongRanges removedIndices() {
        var indices = retired.entrySet().stream()
                .filter(ShardBranch::isRemoval)
                .mapToLong(retirement -> retirement.getKey().index())
                .toArray();
        return LongRanges.coveringAny(indices, indices.length);
    }

    private static Parked whenSafe(Runnable task) {
        return new Parked() {
            @Override
            public void onCommitted() {
                task.run();
            }

            @Override
            public void onLost() {
                // The process ends; a start finds out.
            }
        };
    }

    /** A full journal, or one in which something has to be read first, takes it a little later: an end may not be refused. */
    private void append(Supplier<@Nullable JournalRecord> supplier, Parked parked, Runnable onAppended) {
        try {
            var record = supplier.get();
            if (record == null) {
                appendLater(supplier, parked, onAppended);
                return;
            }
            log.append(record, parked);
        } catch (JournalFullException full) {
            appendLater(supplier, parked, onAppended);
            return;
        }
        onAppended.run();
    }

    private void appendLater(Supplier<@Nullable JournalRecord> supplier, Parked parked, Runnable onAppended) {
        owner.schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, () -> append(supplier, parked, onAppended));
    }
}
