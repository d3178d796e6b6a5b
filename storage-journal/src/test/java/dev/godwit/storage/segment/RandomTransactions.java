package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.IntFunction;

/**
 * Transactions over one shard and over two, side by side, each a step at a time: posting, then either one record, or
 * prepared, decided, applied and forgotten in turn; or rolled back.
 */
final class RandomTransactions {
    private static final int ACTIVE_MAX = 16;
    private static final int DECIDING = 1;
    private static final int PARTICIPANT = 2;

    /** Writes a record and tells its index. */
    interface Appender {
        long append(int shard, JournalRecord record);
    }

    private enum Step {
        POSTING,
        PREPARED,
        DECIDED,
        APPLIED
    }

    private static final class Transaction {
        final UUID id;
        final List<Long> postedDeciding = new ArrayList<>();
        final List<Long> postedParticipant = new ArrayList<>();
        LongRanges removedParticipant = LongRanges.NONE;
        Step step = Step.POSTING;

        Transaction(UUID id) {
            this.id = id;
        }

        List<Long> posted(int shard) {
            return shard == DECIDING ? postedDeciding : postedParticipant;
        }
    }

    private final Random random;
    private final Appender log;
    private final IntFunction<List<Long>> liveOfShard;
    private final List<Transaction> active = new ArrayList<>();

    RandomTransactions(Random random, Appender log, IntFunction<List<Long>> liveOfShard) {
        this.random = random;
        this.log = log;
        this.liveOfShard = liveOfShard;
    }

    /** Some transaction goes on, or a new one begins. */
    void step() {
        if (active.isEmpty() || (active.size() < ACTIVE_MAX && random.nextInt(3) == 0)) {
            active.add(new Transaction(new UUID(random.nextLong(), random.nextLong())));
        }
        var transaction = active.get(random.nextInt(active.size()));
        switch (transaction.step) {
            case POSTING -> {
                if (random.nextInt(3) > 0) {
                    post(transaction);
                } else {
                    end(transaction);
                }
            }
            case PREPARED -> decide(transaction);
            case DECIDED -> apply(transaction);
            case APPLIED -> forget(transaction);
        }
    }

    private void post(Transaction transaction) {
        int shard = 1 + random.nextInt(2);
        if (random.nextInt(8) == 0) {
            transaction.posted(shard).add(postInParts(shard));
            return;
        }
        int dice = random.nextInt(100);
        int bytes = dice < 80 ? random.nextInt(600) : random.nextInt(dice < 98 ? 12_000 : 100_000);
        var message = Records.message(bytes, random.nextInt());
        var posted = new JournalRecord.MessageEnqueued(
                message.queueId(),
                message.arrivalTimeMillis(),
                message.expiryTimeMillis(),
                message.attributes(),
                random.nextInt(5) == 0 ? 77 : JournalRecord.MessageEnqueued.AT_ONCE,
                message.body());
        transaction.posted(shard).add(log.append(shard, new JournalRecord.MessagePosted(posted)));
    }

    private long postInParts(int shard) {
        var parts = new long[1 + random.nextInt(4)];
        for (int i = 0; i < parts.length; i++) {
            var body = Records.message(random.nextInt(3_000), i).body();
            parts[i] = log.append(shard, new JournalRecord.MessagePart(Records.QUEUE, body));
        }
        var whole = new JournalRecord.LargeMessageEnqueued(
                Records.QUEUE,
                0,
                JournalRecord.MessageEnqueued.NO_EXPIRY,
                4,
                random.nextInt(3) == 0 ? 78 : JournalRecord.MessageEnqueued.AT_ONCE,
                1,
                LongRanges.covering(parts, parts.length));
        return log.append(shard, new JournalRecord.LargeMessagePosted(whole));
    }

    private void end(Transaction transaction) {
        if (random.nextInt(4) == 0) {
            rollBack(transaction);
            active.remove(transaction);
        } else if (transaction.postedParticipant.isEmpty()) {
            log.append(DECIDING, committed(transaction, DECIDING, List.of(), someOf(DECIDING)));
            active.remove(transaction);
        } else if (transaction.postedDeciding.isEmpty() && random.nextBoolean()) {
            log.append(PARTICIPANT, committed(transaction, PARTICIPANT, List.of(), someOf(PARTICIPANT)));
            active.remove(transaction);
        } else {
            transaction.removedParticipant = someOf(PARTICIPANT);
            log.append(
                    PARTICIPANT,
                    new JournalRecord.TransactionPrepared(
                            transaction.id,
                            DECIDING,
                            ranges(transaction.postedParticipant),
                            transaction.removedParticipant));
            transaction.step = Step.PREPARED;
        }
    }

    private void rollBack(Transaction transaction) {
        for (int shard = DECIDING; shard <= PARTICIPANT; shard++) {
            if (!transaction.posted(shard).isEmpty()) {
                log.append(shard, new JournalRecord.MessagesRemoved(Records.QUEUE, ranges(transaction.posted(shard))));
            }
        }
    }

    private void decide(Transaction transaction) {
        if (random.nextInt(5) == 0) {
            log.append(PARTICIPANT, new JournalRecord.TransactionForgotten(transaction.id));
            transaction.postedParticipant.clear();
            rollBack(transaction);
            active.remove(transaction);
            return;
        }
        log.append(DECIDING, committed(transaction, DECIDING, List.of(PARTICIPANT), someOf(DECIDING)));
        transaction.step = Step.DECIDED;
    }

    private void apply(Transaction transaction) {
        log.append(PARTICIPANT, committed(transaction, PARTICIPANT, List.of(), transaction.removedParticipant));
        transaction.step = Step.APPLIED;
    }

    private void forget(Transaction transaction) {
        log.append(DECIDING, new JournalRecord.TransactionForgotten(transaction.id));
        active.remove(transaction);
    }

    private static JournalRecord committed(
            Transaction transaction, int shard, List<Integer> participants, LongRanges removed) {
        return new JournalRecord.TransactionCommitted(
                transaction.id, participants, ranges(transaction.posted(shard)), removed);
    }

    private LongRanges someOf(int shard) {
        List<Long> live = liveOfShard.apply(shard);
        int count = Math.min(live.size(), random.nextInt(6));
        var chosen = new ArrayList<Long>();
        for (int i = 0; i < count; i++) {
            chosen.add(live.remove(random.nextInt(live.size())));
        }
        return ranges(chosen);
    }

    private static LongRanges ranges(List<Long> indices) {
        return LongRanges.coveringAny(
                indices.stream().mapToLong(Long::longValue).toArray(), indices.size());
    }

    /** The node has stopped and started: what was not prepared is gone, and the rest is ended as a broker would. */
    void resolve(Map<Integer, RecordedReplay> replays) {
        active.clear();
        replays.forEach((shard, replay) -> replay.prepared().forEach((id, prepared) -> {
            if (replay.committed().contains(id)) {
                log.append(
                        shard,
                        new JournalRecord.TransactionCommitted(id, List.of(), prepared.posted(), prepared.removed()));
            } else {
                log.append(shard, new JournalRecord.TransactionForgotten(id));
            }
        }));
        replays.forEach((shard, replay) ->
                replay.decided().forEach(id -> log.append(shard, new JournalRecord.TransactionForgotten(id))));
    }
}
