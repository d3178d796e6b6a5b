package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import java.util.Collection;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which records the next start still needs, and where each of them lies. It learns that from the records themselves, in
 * the order in which they are written: a message lives until a removal names it, a part as long as the message that it is
 * joined into, a definition until a newer one of its key replaces it, a delivery count, and annotations,
 * until their message goes or newer ones come, a queue's note until a removal names it, a prepared transaction until its end is recorded, a decision until nobody hangs on it. The other kinds say
 * something about older records only; they may go when their segment is the oldest, for then those are gone too.
 * The last record that names the voters lives.
 *
 * <p>A posted message is counted like a part, under the negated number of its queue, until it is committed. A shared body
 * lives as long as a message that shares it, and until its writer has released it.
 *
 * <p>Recovery reads the same records through the same code, perhaps once more than a checkpoint has them already: each of
 * these methods does no harm when called again with a record that was applied before. Owned by the writer thread, before
 * that by the thread that opens the journal.
 */
final class LiveRecords implements JournalReplay {
    private static final Logger LOG = LoggerFactory.getLogger(LiveRecords.class);

    private final SegmentLine segments;
    private final RemovedRecords removed;
    private final TreeMap<Integer, LiveShard> shards = new TreeMap<>();
    private int lastShard = -1;
    private LiveShard shard = new LiveShard(-1);

    /** Bodies that nobody shares any more, and that are there still. */
    private final ArrayList<Long> unshared = new ArrayList<>();

    private final LongConsumer whenGone = this::kill;
    private final Consumer<LiveShard.Large> whenLargeGone = this::removeParts;

    private long location;
    private boolean recovering = true;

    LiveRecords(SegmentLine segments) {
        this.segments = segments;
        removed = new RemovedRecords(segments);
    }

    /** A record lies at {@code offset} of a segment, and was written there for the first time. */
    void add(int shardNumber, long index, JournalRecord record, long generation, long offset, long bytes) {
        enter(shardNumber);
        location = Location.of(generation, offset, bytes);
        record.replayTo(this, index);
    }

    /** A majority has the entry. Pages of a checkpoint may have known it before. */
    void commit(int shardNumber, EntryLog.Open entry) {
        enter(shardNumber);
        uncount(shard.pages.remove(entry.index()));
        add(shardNumber, entry.index(), entry.record(), entry.generation(), entry.offset(), entry.bytes());
    }

    /** Recovery has found a copy of an older record in a newer segment. */
    void addMoved(int shardNumber, long index, JournalRecord record, long generation, long offset, long bytes) {
        enter(shardNumber);
        long moved = Location.of(generation, offset, bytes);
        if (shard.pages.get(index) != Location.NONE) {
            relocate(index, moved);
            if (record instanceof JournalRecord.MessageEnqueued
                    || record instanceof JournalRecord.LargeMessageEnqueued) {
                // A copy proves that what was posted was committed, also where the commit itself is lost.
                becomeMessage(index);
            }
            return;
        }
        location = moved;
        record.replayTo(this, index);
    }

    /** What is known of a message whose body lies elsewhere; null of any other record. */
    JournalRecord.@Nullable CopyEnqueued copyAt(int shardNumber, long index) {
        enter(shardNumber);
        return shard.copyAt(index);
    }

    /** {@link Location#NONE} when the record is not needed any more. */
    long locationOf(int shardNumber, long index) {
        enter(shardNumber);
        return shard.pages.get(index);
    }

    boolean isLiveAt(int shardNumber, long index, long generation, long offset) {
        enter(shardNumber);
        long at = shard.pages.get(index);
        return at != Location.NONE && Location.offset(at) == offset && generationOf(at) == generation;
    }

    /** True of a message, posted or not; false while its transaction may still be rolled back. */
    boolean isCommitted(int shardNumber, long index) {
        enter(shardNumber);
        return shard.isMessage(index);
    }

    /** The offset of each live record that lies in a segment, in no order. Walks over all live records. */
    void forEachIn(long generation, LongConsumer offsets) {
        for (LiveShard each : shards.values()) {
            each.pages.forEach((index, page) -> {
                long at = page.locations[RecordPage.entryOf(index)];
                if (generationOf(at) == generation) {
                    offsets.accept(Location.offset(at));
                }
            });
        }
    }

    /** The live record now lies in a newer segment. */
    void relocate(int shardNumber, long index, long generation, long offset) {
        enter(shardNumber);
        relocate(index, Location.of(generation, offset, Location.bytesAtMost(shard.pages.get(index))));
    }

    private void relocate(long index, long newLocation) {
        long from = shard.pages.get(index);
        uncount(from);
        shard.pages.relocate(index, newLocation);
        count(newLocation);
    }

    /** The record is not needed any more, for a reason that storage cannot see. A shared body: not by its writer. */
    void release(int shardNumber, long index) {
        enter(shardNumber);
        if (shard.isSharedBody(index)) {
            letGoOfBody(index);
            buryBodies();
            return;
        }
        removeMessage(index);
        shard.definitions.values().remove(index);
        shard.returned.values().removeIf(count -> count.index() == index);
        shard.annotated.values().removeIf(record -> record == index);
    }

    /** The shard's state, made when it is not there yet. */
    LiveShard shard(int number) {
        enter(number);
        return shard;
    }

    /** The state of the shard is another one from now on: what is alive in that is counted already. */
    void replace(LiveShard next) {
        LiveShard before = shards.put(next.number, next);
        lastShard = -1;
        if (before != null) {
            before.pages.forEach((index, page) -> uncount(page.locations[RecordPage.entryOf(index)]));
        }
    }

    Collection<LiveShard> shards() {
        return shards.values();
    }

    /**
     * Recovery has read everything: drops what nothing refers to, and counts what is alive in each segment.
     *
     * @return null, or which record is said to lie in a segment that is not there
     */
    @Nullable
    String endRecovery() {
        for (LiveShard each : shards.values()) {
            int lost = each.prune();
            if (lost > 0) {
                LOG.error("{} messages of shard {} are lost with the bodies that they shared", lost, each.number);
            }
        }
        recovering = false;
        return stocktaking().count();
    }

    /** Of what recovery has found. */
    Stocktaking stocktaking() {
        return new Stocktaking(shards.values(), segments);
    }

    @Override
    public void onMessageEnqueued(long index, JournalRecord.MessageEnqueued record) {
        born(index, record.queueId(), record.attributes(), record.expiryTimeMillis(), record.notBeforeMillis());
    }

    @Override
    public void onBodyStored(long index, JournalRecord.BodyStored record) {
        if (shard.pages.get(index) != Location.NONE) {
            return;
        }
        born(index, RecordPages.SHARED_BODY, 0, RecordPages.NO_EXPIRY, RecordPages.AT_ONCE);
        if (shard.replicated) {
            shard.openBodies.add(index);
        }
        if (!recovering) {
            // Its writer needs it until he releases it, or until he leads no more.
            shard.sharedBodies++;
            shard.share(index, 1);
        }
    }

    @Override
    public void onCopyEnqueued(long index, JournalRecord.CopyEnqueued record) {
        born(index, record.queueId(), record.attributes(), record.expiryTimeMillis(), record.notBeforeMillis());
        shard.pages.describeShare(index, index - record.bodyIndex());
        if (!recovering) {
            shard.share(record.bodyIndex(), 1);
        }
    }

    @Override
    public void onMessagesRemoved(long index, JournalRecord.MessagesRemoved record) {
        removeMessages(record.indexRanges());
    }

    private void removeMessages(LongRanges ranges) {
        for (int range = 0; range < ranges.count(); range++) {
            if (ranges.first(range) == ranges.last(range)) {
                removeMessage(ranges.first(range));
            } else {
                removeRange(ranges.first(range), ranges.last(range));
                buryBodies();
                shard.forgetDetailsWithin(ranges.first(range), ranges.last(range), whenGone, whenLargeGone);
            }
        }
    }

    @Override
    public void onMessageReturned(long index, JournalRecord.MessageReturned record) {
        if (!recovering && shard.pages.get(record.messageIndex()) == Location.NONE) {
            return;
        }
        LiveShard.Returned known = shard.returned.get(record.messageIndex());
        if (known != null && known.index() > index) {
            return;
        }
        if (known != null && known.index() != index) {
            kill(known.index());
        }
        shard.returned.put(
                record.messageIndex(), new LiveShard.Returned(index, record.deliveryCount(), record.notBeforeMillis()));
        born(index);
    }

    @Override
    public void onMessageAnnotated(long index, JournalRecord.MessageAnnotated record) {
        if (!recovering && shard.pages.get(record.messageIndex()) == Location.NONE) {
            return;
        }
        Long known = shard.annotated.get(record.messageIndex());
        if (known != null && known > index) {
            return;
        }
        if (known != null && known != index) {
            kill(known);
        }
        shard.annotated.put(record.messageIndex(), index);
        born(index);
    }

    @Override
    public void onQueueNoted(long index, JournalRecord.QueueNoted record) {
        shard.notes.add(index);
        born(index);
    }

    @Override
    public void onDefinitionStored(long index, JournalRecord.DefinitionStored record) {
        var definition = new LiveShard.Definition(record.kind(), record.key());
        Long known = shard.definitions.get(definition);
        if (known != null && known > index) {
            return;
        }
        if (known != null && known != index) {
            kill(known);
        }
        shard.definitions.put(definition, index);
        born(index);
    }

    @Override
    public void onDefinitionRemoved(long index, JournalRecord.DefinitionRemoved record) {
        var definition = new LiveShard.Definition(record.kind(), record.key());
        Long known = shard.definitions.get(definition);
        if (known != null && known < index) {
            shard.definitions.remove(definition);
            kill(known);
        }
    }

    @Override
    public void onEpochBegun(long index, JournalRecord.EpochBegun record) {
        // Each segment begins with how far every shard has come, so this one may go with its segment.
        shard.epochBegunIndex = Math.max(shard.epochBegunIndex, index);
        if (shard.replicated && !recovering) {
            shard.closeBodies(index);
            shard.dangling().forEach(this::kill);
        }
    }

    @Override
    public void onMessagePart(long index, JournalRecord.MessagePart record) {
        born(index, -record.queueId(), 0, RecordPages.NO_EXPIRY, RecordPages.AT_ONCE);
    }

    @Override
    public void onLargeMessageEnqueued(long index, JournalRecord.LargeMessageEnqueued record) {
        shard.large.put(index, new LiveShard.Large(record.encodedBytes(), record.partIndices()));
        born(index, record.queueId(), record.attributes(), record.expiryTimeMillis(), record.notBeforeMillis());
    }

    @Override
    public void onMessagePosted(long index, JournalRecord.MessagePosted record) {
        JournalRecord.MessageEnqueued message = record.message();
        born(index, -message.queueId(), message.attributes(), message.expiryTimeMillis(), message.notBeforeMillis());
    }

    @Override
    public void onLargeMessagePosted(long index, JournalRecord.LargeMessagePosted record) {
        JournalRecord.LargeMessageEnqueued message = record.message();
        shard.large.put(index, new LiveShard.Large(message.encodedBytes(), message.partIndices()));
        born(index, -message.queueId(), message.attributes(), message.expiryTimeMillis(), message.notBeforeMillis());
    }

    @Override
    public void onTransactionPrepared(long index, JournalRecord.TransactionPrepared record) {
        shard.prepared.put(
                record.transactionId(),
                new LiveShard.Prepared(index, record.decidingShard(), record.posted(), record.removed()));
        born(index);
    }

    @Override
    public void onTransactionCommitted(long index, JournalRecord.TransactionCommitted record) {
        LongRanges posted = record.posted();
        for (int range = 0; range < posted.count(); range++) {
            for (long each = posted.first(range); each <= posted.last(range); each++) {
                becomeMessage(each);
            }
        }
        removeMessages(record.removed());
        LiveShard.Prepared prepared = shard.prepared.remove(record.transactionId());
        if (prepared != null) {
            kill(prepared.index());
        }
        if (!record.participants().isEmpty()) {
            shard.decided.put(record.transactionId(), index);
            born(index);
        }
    }

    private void becomeMessage(long index) {
        RecordPage page = shard.pages.page(index);
        int entry = RecordPage.entryOf(index);
        if (page != null && page.locations[entry] != Location.NONE) {
            shard.pages.describeOwner(index, Math.abs(page.owner(entry)));
        }
    }

    @Override
    public void onTransactionForgotten(long index, JournalRecord.TransactionForgotten record) {
        LiveShard.Prepared prepared = shard.prepared.remove(record.transactionId());
        if (prepared != null) {
            removeMessages(prepared.posted());
            kill(prepared.index());
        }
        Long decided = shard.decided.remove(record.transactionId());
        if (decided != null) {
            kill(decided);
        }
    }

    @Override
    public void onVotersNamed(long index, JournalRecord.VotersNamed record) {
        if (shard.votersIndex > index) {
            return;
        }
        if (shard.votersIndex != 0 && shard.votersIndex != index) {
            kill(shard.votersIndex);
        }
        shard.votersIndex = index;
        born(index);
    }

    private void born(long index) {
        born(index, RecordPages.NO_QUEUE, 0, RecordPages.NO_EXPIRY, RecordPages.AT_ONCE);
    }

    private void born(long index, long owner, int attributes, long expiryTimeMillis, long notBeforeMillis) {
        shard.pages.put(index, location, owner, attributes, expiryTimeMillis, notBeforeMillis);
        count(location);
    }

    private void removeMessage(long index) {
        kill(index);
        buryBodies();
        if (!shard.returned.isEmpty()) {
            LiveShard.Returned count = shard.returned.remove(index);
            if (count != null) {
                kill(count.index());
            }
        }
        if (!shard.annotated.isEmpty()) {
            Long annotations = shard.annotated.remove(index);
            if (annotations != null) {
                kill(annotations);
            }
        }
        if (!shard.notes.isEmpty()) {
            shard.notes.remove(index);
        }
        if (!shard.large.isEmpty()) {
            removeParts(shard.large.remove(index));
        }
    }

    private void removeParts(LiveShard.@Nullable Large message) {
        if (message == null) {
            return;
        }
        LongRanges parts = message.parts();
        for (int range = 0; range < parts.count(); range++) {
            removeRange(parts.first(range), parts.last(range));
        }
    }

    private void removeRange(long first, long last) {
        shard.pages.removeRange(first, last, this::onRemoved);
        removed.end();
    }

    private void kill(long index) {
        long share = shard.sharedBodies == 0 ? 0 : shard.pages.share(index);
        onRemoved(index, shard.pages.remove(index), share);
        removed.end();
    }

    /** Of a shared body that is removed, nobody has a share any more. */
    private void onRemoved(long index, long at, long share) {
        if (recovering || at == Location.NONE) {
            return;
        }
        removed.add(at);
        if (share != 0) {
            letGoOfBody(index - share);
        }
    }

    private void letGoOfBody(long index) {
        if (shard.share(index, -1) == 0) {
            unshared.add(index);
        }
    }

    /** Not while pages are walked: this removes records, too. */
    private void buryBodies() {
        for (int i = 0; i < unshared.size(); i++) {
            shard.sharedBodies--;
            kill(unshared.get(i));
        }
        unshared.clear();
    }

    private void count(long at) {
        if (!recovering) {
            segments.addLive(generationOf(at), Location.bytesAtLeast(at));
        }
    }

    private void uncount(long at) {
        if (!recovering && at != Location.NONE) {
            removed.add(at);
            removed.end();
        }
    }

    private long generationOf(long at) {
        return Location.generation(at, segments.oldest().generation());
    }

    private void enter(int shardNumber) {
        if (shardNumber != lastShard) {
            shard = shards.computeIfAbsent(shardNumber, LiveShard::new);
            lastShard = shardNumber;
        }
    }
}
