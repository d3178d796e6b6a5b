package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a journal's directory, and gathers what the log that goes on needs to know: what is alive, where it lies, how
 * far each shard has come, and what is damaged. It begins with the newest checkpoint that can be used, and reads the log
 * from there on; without one, all of it. Changes nothing. Used once, by the thread that opens the journal.
 */
final class RecoveryScan implements FactScanner.Listener, LogWalk.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(RecoveryScan.class);

    private final FileLayer files;
    private final SegmentDirectory directory;
    private final DamageLedger ledger;
    private final FactScanner scanner = new FactScanner(this);
    private final ShardSightings sightings = new ShardSightings();
    private final SegmentLine line = new SegmentLine();
    private final LiveRecords live = new LiveRecords(line);
    private final Map<Integer, ShardTail> tails = new HashMap<>();
    private final List<Segment> kept = new ArrayList<>();
    private final Map<EntryName, RecoveredLog.Restated> toRestate = new LinkedHashMap<>();
    private final Set<Transaction> decisionsToRestate = new HashSet<>();

    /** What has ended decisions of majorities, by what it has ended. */
    private final Map<Transaction, EntryLog.Open> forgotten = new HashMap<>();

    /** States that were being taken in, by shard. */
    private final Map<Integer, LiveRecords> staged = new HashMap<>();

    private long bytesRead;
    private long copiesRead;

    private record EntryName(int shard, long index) {}

    private record Transaction(int shard, UUID id) {}

    private RecoveryScan(FileLayer files, SegmentDirectory directory, DamageLedger ledger) {
        this.files = files;
        this.directory = directory;
        this.ledger = ledger;
    }

    /**
     * Null when there is no journal yet.
     *
     * @param everything whether to read all of the log, whatever checkpoints there are
     */
    static @Nullable RecoveredLog scan(FileLayer files, boolean everything) throws IOException {
        var ledger = new DamageLedger();
        SegmentDirectory directory = SegmentDirectory.read(files, ledger);
        if (directory == null) {
            return null;
        }
        boolean usesCheckpoint = !everything && directory.isGapless();
        for (String name : usesCheckpoint ? CheckpointFiles.all(files) : List.<String>of()) {
            try {
                return new RecoveryScan(files, directory, ledger.copy()).scanFrom(name);
            } catch (UnusableCheckpointException e) {
                directory = directory.afresh();
                LOG.warn("Journal checkpoint {} is not used: {}", name, e.getMessage());
            }
        }
        return new RecoveryScan(files, directory, ledger).scanAll();
    }

    /** What makes a checkpoint useless only makes the start longer. */
    private static final class UnusableCheckpointException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableCheckpointException(String message) {
            super(message);
        }
    }

    private RecoveredLog scanAll() throws IOException {
        List<Segment> found = directory.segments();
        RecoveredLog recovered;
        try (var reader = new SegmentReader(files)) {
            var walk = new LogWalk(reader, found, ledger, sightings, this);
            recovered = walked(walk, walk.run());
        }
        String astray = live.endRecovery();
        if (astray != null) {
            throw CorruptJournalException.because(astray + "; nothing was changed");
        }
        return recovered;
    }

    private RecoveredLog scanFrom(String name) throws IOException, UnusableCheckpointException {
        Checkpoint checkpoint;
        try {
            checkpoint = Checkpoint.load(files, name, directory.journalId(), live);
        } catch (IOException e) {
            throw new UnusableCheckpointException(String.valueOf(e.getMessage()));
        }
        List<Segment> found = directory.segments();
        LogPosition position = checkpoint.position();
        long at = position.generation() - found.get(0).generation();
        if (at < 0 || at >= found.size()) {
            throw new UnusableCheckpointException(
                    "the log from " + Segment.fileName(position.generation()) + " on, where it ends, is not there");
        }
        for (Segment segment : found.subList(0, (int) at)) {
            Long end = checkpoint.endOf(segment.generation());
            if (end == null && segment.generation() < position.oldestGeneration()) {
                // It was given up already, and the node stopped before its file was gone.
                kept.add(segment);
                continue;
            }
            if (end == null) {
                throw new UnusableCheckpointException("it does not know " + segment.fileName());
            }
            segment.endsAt(end);
            if (segment.generation() < position.oldestGeneration()) {
                kept.add(segment);
            } else {
                line.add(segment);
            }
        }
        for (Segment segment : found.subList(0, (int) at + 1)) {
            checkpoint.holesOf(segment.generation()).forEach(segment::addHole);
        }
        found.get((int) at).endsAt(position.offset());
        checkpoint.tails().values().forEach(tail -> {
            tails.put(tail.shard(), tail);
            sightings.begin(tail.shard(), tail.lastIndex(), tail.epoch());
        });
        goOnRestating(checkpoint.restatements());
        RecoveredLog recovered;
        try (var reader = new SegmentReader(files)) {
            var walk = new LogWalk(reader, found, ledger, sightings, this);
            recovered = walked(walk, walk.runFrom((int) at, position.offset(), position.sequence()));
        } catch (CorruptJournalException e) {
            throw new UnusableCheckpointException(String.valueOf(e.getMessage()));
        }
        String astray = live.endRecovery();
        if (astray == null) {
            astray = live.stocktaking().factWithoutRecord();
        }
        if (astray != null) {
            throw new UnusableCheckpointException(astray);
        }
        return recovered;
    }

    private void goOnRestating(List<RecoveredLog.Restated> restatements) {
        for (RecoveredLog.Restated each : restatements) {
            JournalRecord record = each.entry().record();
            toRestate.put(new EntryName(each.shard(), each.entry().index()), each);
            if (EntryLogs.isDecision(record)) {
                decisionsToRestate.add(transactionOf(each.shard(), record));
            } else if (record instanceof JournalRecord.TransactionForgotten end) {
                forgotten.put(new Transaction(each.shard(), end.transactionId()), each.entry());
            }
        }
    }

    private RecoveredLog walked(LogWalk walk, int used) throws IOException {
        for (ShardTail tail : tails.values()) {
            EntryLog entries = tail.entries();
            if (entries != null) {
                entries.endRecovery(line);
                tail.truncated(entries.lastIndex(), entries.lastEpoch());
            }
        }
        if (walk.oldestNeeded() != 0 && line.oldest().generation() > walk.oldestNeeded()) {
            ledger.addOldestMissing(walk.oldestNeeded(), line.oldest().generation() - 1);
        }
        List<Segment> found = directory.segments();
        List<String> spares =
                files.names().stream().filter(Segment::isSpareName).sorted().toList();
        return new RecoveredLog(
                directory.journalId(),
                line,
                kept,
                List.copyOf(found.subList(used, found.size())),
                spares,
                live,
                tails,
                walk.nextSequence(),
                walk.tornBatches(),
                ledger.damages(sightings),
                bytesRead,
                List.copyOf(toRestate.values()));
    }

    @Override
    public void onSegment(Segment segment) {
        line.add(segment);
    }

    @Override
    public void onRecord(SegmentReader reader) throws IOException {
        scanner.scanRecord(reader);
    }

    @Override
    public void onBatchEnd(SegmentReader reader, long position) {
        bytesRead += reader.batchBlockBytes();
    }

    @Override
    public void onLossAccepted(LongRanges sequences) {
        ledger.accept(sequences);
    }

    @Override
    public void onFact(Fact fact) throws CorruptJournalException {
        if (fact.staged()) {
            // The mark at which they began may be gone with its segment, when they were installed.
            staged.computeIfAbsent(fact.shard(), shard -> StagedState.recordsOf(shard, line))
                    .add(fact.shard(), fact.index(), fact.record(), fact.generation(), fact.offset(), fact.bytes());
            return;
        }
        ShardTail tail = tails.get(fact.shard());
        EntryLog entries = tail == null ? null : tail.entries();
        if (entries == null) {
            onShardTail(fact.shard(), fact.index(), fact.epoch());
        }
        if (entries != null && !fact.moved()) {
            entries.recover(new EntryLog.Open(
                    fact.index(),
                    fact.epoch(),
                    fact.record(),
                    fact.generation(),
                    fact.offset(),
                    fact.bytes(),
                    copiesRead));
        } else if (fact.moved()) {
            copiesRead++;
            toRestate.remove(new EntryName(fact.shard(), fact.index()));
            live.addMoved(fact.shard(), fact.index(), fact.record(), fact.generation(), fact.offset(), fact.bytes());
            if (EntryLogs.isDecision(fact.record())) {
                forgetOnceMore(transactionOf(fact.shard(), fact.record()));
            }
        } else {
            live.add(fact.shard(), fact.index(), fact.record(), fact.generation(), fact.offset(), fact.bytes());
        }
    }

    @Override
    public void onShardTail(int shard, long lastIndex, long epoch) {
        ShardTail tail = tails.computeIfAbsent(shard, ShardTail::new);
        EntryLog entries = tail.entries();
        if (entries == null) {
            tail.reached(lastIndex, epoch);
        } else {
            entries.recoverTail(lastIndex, epoch);
        }
    }

    @Override
    public void onCommitted(int shard, long index, long epoch) throws CorruptJournalException {
        ShardTail tail = tails.computeIfAbsent(shard, ShardTail::new);
        EntryLog entries = tail.entries();
        if (entries == null) {
            tail.replicate(new EntryLog(shard, tail.lastIndex(), tail.epoch(), index, epoch));
            live.shard(shard).replicated = true;
            return;
        }
        entries.recoverCommit(index, epoch, entry -> onEntryCommitted(shard, entry));
    }

    private void onEntryCommitted(int shard, EntryLog.Open entry) {
        live.commit(shard, entry);
        JournalRecord record = entry.record();
        boolean behindCopies = entry.copiesBefore() != copiesRead;
        if (record instanceof JournalRecord.TransactionForgotten end) {
            forgotten.put(new Transaction(shard, end.transactionId()), entry);
            behindCopies |= decisionsToRestate.contains(new Transaction(shard, end.transactionId()));
        }
        if (behindCopies && EntryLogs.endsLives(record)) {
            toRestate.put(new EntryName(shard, entry.index()), new RecoveredLog.Restated(shard, entry));
            if (EntryLogs.isDecision(record)) {
                decisionsToRestate.add(transactionOf(shard, record));
            }
        }
    }

    /** It has come back behind the entry that forgot it, which was still to be restated when the node stopped. */
    private void forgetOnceMore(Transaction transaction) {
        EntryLog.Open end = forgotten.get(transaction);
        if (end != null) {
            int shard = transaction.shard();
            live.add(shard, end.index(), end.record(), end.generation(), end.offset(), end.bytes());
            toRestate.put(new EntryName(shard, end.index()), new RecoveredLog.Restated(shard, end));
        }
    }

    private static Transaction transactionOf(int shard, JournalRecord decision) {
        return new Transaction(shard, ((JournalRecord.TransactionCommitted) decision).transactionId());
    }

    @Override
    public void onTruncated(int shard, long fromIndex) {
        ShardTail tail = tails.get(shard);
        if (tail != null && tail.entries() != null) {
            tail.entriesThere().recoverTruncation(fromIndex);
        }
    }

    @Override
    public void onStateBegun(int shard) {
        staged.remove(shard);
    }

    @Override
    public void onStateInstalled(int shard, long index, long epoch) throws CorruptJournalException {
        ShardTail tail = tails.get(shard);
        EntryLog entries = tail == null ? null : tail.entries();
        if (entries == null) {
            throw CorruptJournalException.because(
                    "shard " + shard + " was given a state, and has no log of a majority");
        }
        entries.recoverInstall(index, epoch);
        LiveRecords state = staged.remove(shard);
        LiveShard next = state == null ? new LiveShard(shard) : state.shard(shard);
        next.replicated = true;
        live.replace(next);
        toRestate.keySet().removeIf(name -> name.shard() == shard);
        decisionsToRestate.removeIf(decision -> decision.shard() == shard);
        forgotten.keySet().removeIf(decision -> decision.shard() == shard);
    }
}
