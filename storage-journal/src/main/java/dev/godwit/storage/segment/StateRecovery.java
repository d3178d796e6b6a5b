package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Tells each shard what is alive in it: messages without their bodies, definitions, added annotations and notes whole. Used by the thread that opens the
 * journal, after the recovery scan, or by the writer thread between two batches.
 */
final class StateRecovery {
    private static final int RECORDS_AT_ONCE = 64;

    private final LiveRecords live;
    private final SegmentLine segments;
    private final RecordFetcher fetcher;

    /** Transactions that were decided in the shards told so far. */
    private final Set<UUID> decided = new HashSet<>();

    /** Of the shard being told: what prepared transactions have posted and removed, unless they are rolled back. */
    private final Set<Long> posted = new HashSet<>();

    private final Set<Long> removed = new HashSet<>();
    private long facts;

    private StateRecovery(LiveRecords live, SegmentLine segments, RecordFetcher fetcher) {
        this.live = live;
        this.segments = segments;
        this.fetcher = fetcher;
    }

    /** Returns the number of facts told. */
    static long run(FileLayer files, RecoveredLog log, IntFunction<@Nullable ShardRecovery> recoveries)
            throws IOException {
        return run(files, log.live(), log.segments(), log.tails().keySet(), recoveries);
    }

    /**
     * The same of what is alive now.
     *
     * @param numbers of shards that are told also when nothing is alive in them
     */
    static long run(
            FileLayer files,
            LiveRecords live,
            SegmentLine segments,
            Collection<Integer> numbers,
            IntFunction<@Nullable ShardRecovery> recoveries)
            throws IOException {
        try (var fetcher = new RecordFetcher(files)) {
            var recovery = new StateRecovery(live, segments, fetcher);
            numbers.forEach(live::shard);
            for (LiveShard shard : live.shards()) {
                ShardRecovery receiver = recoveries.apply(shard.number);
                if (receiver == null) {
                    throw new IllegalStateException(
                            "the journal holds records of shard " + shard.number + ", which this node does not know");
                }
                recovery.recoverDefinitions(shard, receiver);
                recovery.recoverTransactions(shard, receiver);
                recovery.recoverAnnotations(shard, receiver);
                recovery.recoverAFewAtATime(shard, new ArrayList<>(shard.notes), receiver);
                recovery.recoverMessages(shard, receiver);
            }
            return recovery.facts;
        }
    }

    private void recoverDefinitions(LiveShard shard, ShardRecovery receiver) throws IOException {
        var indices = new ArrayList<>(shard.definitions.values());
        Collections.sort(indices);
        recoverRecords(shard, indices, receiver);
    }

    /** A few at a time: what a consumer may give a message is bounded, but not small. Not of messages that have left. */
    private void recoverAnnotations(LiveShard shard, ShardRecovery receiver) throws IOException {
        var indices = new ArrayList<Long>();
        shard.annotated.forEach((message, record) -> {
            if (!removed.contains(message)) {
                indices.add(record);
            }
        });
        Collections.sort(indices);
        recoverAFewAtATime(shard, indices, receiver);
    }

    private void recoverAFewAtATime(LiveShard shard, List<Long> indices, ShardRecovery receiver) throws IOException {
        for (int from = 0; from < indices.size(); from += RECORDS_AT_ONCE) {
            int to = Math.min(indices.size(), from + RECORDS_AT_ONCE);
            recoverRecords(shard, indices.subList(from, to), receiver);
        }
    }

    private void recoverRecords(LiveShard shard, List<Long> indices, ShardRecovery receiver) throws IOException {
        var request = new ReadRequest(
                shard.number, indices.stream().mapToLong(Long::longValue).toArray(), done -> {});
        request.resolve(live, segments);
        fetcher.fetch(request);
        for (int i = 0; i < request.count(); i++) {
            JournalRecord record = request.record(i);
            if (record == null) {
                throw CorruptJournalException.because("record " + request.index(i) + " of shard " + shard.number
                        + " was on stable storage and cannot be read: " + request.problem(i));
            }
            facts++;
            receiver.onRecord(request.index(i), record);
        }
    }

    /** Whatever is prepared was decided in a shard of a lower number: that one has been here before. */
    private void recoverTransactions(LiveShard shard, ShardRecovery receiver) {
        posted.clear();
        removed.clear();
        for (var each : shard.prepared.entrySet()) {
            LiveShard.Prepared prepared = each.getValue();
            boolean isCommitted = decided.contains(each.getKey());
            facts++;
            boolean staysPrepared = receiver.onTransactionPrepared(
                    prepared.index(),
                    new JournalRecord.TransactionPrepared(
                            each.getKey(), prepared.decidingShard(), prepared.posted(), prepared.removed()),
                    isCommitted);
            if (isCommitted) {
                addAll(posted, prepared.posted());
                addAll(removed, prepared.removed());
            } else if (staysPrepared) {
                addAll(posted, prepared.posted());
            }
        }
        shard.decided.forEach((transactionId, index) -> {
            decided.add(transactionId);
            facts++;
            receiver.onTransactionDecided(index, transactionId);
        });
    }

    private static void addAll(Set<Long> indices, LongRanges ranges) {
        for (int range = 0; range < ranges.count(); range++) {
            for (long index = ranges.first(range); index <= ranges.last(range); index++) {
                indices.add(index);
            }
        }
    }

    private void recoverMessages(LiveShard shard, ShardRecovery receiver) {
        boolean plain = shard.returned.isEmpty() && shard.large.isEmpty() && posted.isEmpty() && removed.isEmpty();
        RecordPages.Visitor details = (index, page) -> recoverMessage(shard, index, page, receiver);
        shard.pages.forEachPage(page -> {
            if (plain && page.isOfOneOwner() && page.isOfOneKind() && page.isWithoutExpiry() && page.isAllAtOnce()) {
                recoverAlike(page, receiver);
            } else {
                RecordPages.visit(page, details);
            }
        });
    }

    /** Messages of one queue that were never delivered, as most are: in a loop of their own, for there may be millions. */
    private void recoverAlike(RecordPage page, ShardRecovery receiver) {
        long queueId = page.owner(0);
        int attributes = page.attributes(0);
        if (queueId <= 0) {
            return;
        }
        long firstIndex = page.firstIndex();
        for (int entry = 0; entry < RecordPages.PAGE_ENTRIES; entry++) {
            if (page.locations[entry] != Location.NONE) {
                receiver.onMessage(firstIndex + entry, queueId, attributes, RecordPages.NO_EXPIRY, 0);
            }
        }
        facts += page.used();
    }

    private void recoverMessage(LiveShard shard, long index, RecordPage page, ShardRecovery receiver) {
        int entry = RecordPage.entryOf(index);
        long queueId = page.owner(entry);
        if (queueId < 0 && posted.contains(index)) {
            queueId = -queueId;
        }
        if (queueId <= 0 || removed.contains(index)) {
            return;
        }
        facts++;
        LiveShard.Returned returned = shard.returned.get(index);
        int deliveryCount = returned == null ? 0 : returned.deliveryCount();
        long notBefore = notBeforeMillis(page.notBeforeMillis(entry), returned);
        if (notBefore != RecordPages.AT_ONCE) {
            receiver.onNotBefore(index, queueId, notBefore);
        }
        LiveShard.Large large = shard.large.get(index);
        int attributes = page.attributes(entry);
        long expiry = page.expiryTimeMillis(entry);
        if (large == null) {
            receiver.onMessage(index, queueId, attributes, expiry, deliveryCount);
        } else {
            receiver.onLargeMessage(
                    index, queueId, attributes, expiry, deliveryCount, large.encodedBytes(), large.parts());
        }
    }

    /** The later one counts: that of the message, or that of its last return. */
    private static long notBeforeMillis(long fromTheBeginning, LiveShard.@Nullable Returned returned) {
        return returned == null ? fromTheBeginning : Math.max(fromTheBeginning, returned.notBeforeMillis());
    }
}
