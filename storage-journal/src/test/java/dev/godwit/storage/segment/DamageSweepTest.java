package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * J1: a journal of mixed records, cut and damaged at every byte, and opened again; where that is refused, opened with the
 * loss accepted. What is expected is worked out from the bytes alone: where the first batch is not what was written, the
 * log ends, unless the header of a later batch shows that it had been durable; and a record whose bytes are what was
 * written is there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DamageSweepTest {
    private static final int SECTOR_BYTES = 512;
    private static final int HEADER_USED_BYTES = 64;
    private static final int BATCH_BYTES_OFFSET = 40;

    private record Batch(String file, int position, int bytes, int appended) {}

    private final MemoryFileLayer files = new MemoryFileLayer();
    private final LogModel model = new LogModel();
    private final List<Batch> batches = new ArrayList<>();
    private List<RecordSighting> written = List.of();
    private Map<String, RecordSighting> writtenByKey = Map.of();

    private int cases;
    private int refused;
    private int truncated;
    private int lost;
    private int falseTruncations;
    private int unreported;
    private int salvaged;

    @BeforeAll
    void writeJournal() throws IOException {
        var log = new HandTurnedLog(files);
        files.hook((name, position, bytes) -> {
            if (position > 0) {
                batches.add(new Batch(name, position, bytes.getInt(BATCH_BYTES_OFFSET), model.size()));
            }
        });
        append(log, 0, Records.stored("orders", "{\"durable\":true}"));
        append(log, 1, Records.message("first"));
        append(log, 1, Records.message(3_000, 1));
        log.turnUntilIdle();
        append(log, 1, Records.returned(1, 2));
        append(log, 2, Records.message(1_500, 2));
        append(log, 2, Records.message("next to it"));
        log.turnUntilIdle();
        append(log, 1, Records.removed(1, 2));
        log.turnUntilIdle();
        append(log, 0, Records.dropped("orders"));
        append(log, 2, Records.message(5_000, 3));
        log.turnUntilIdle();
        append(log, 2, Records.message("last"));
        log.turnUntilIdle();
        writeTransactions(log);
        files.hook((name, position, bytes) -> {});
        assertThat(batches).hasSize(8);
        written = RecordSighting.in(files);
        writtenByKey = RecordSighting.byKey(written);
        assertThat(written).hasSize(20);
    }

    /** One within a shard; one over two, in the end known to both. */
    private void writeTransactions(HandTurnedLog log) throws IOException {
        var local = new UUID(7, 1);
        var wide = new UUID(7, 2);
        long posted = append(log, 2, new JournalRecord.MessagePosted(Records.message("posted")));
        append(log, 2, new JournalRecord.MessagePosted(Records.message("posted in vain")));
        append(log, 2, committed(local, List.of(), posted, LongRanges.of(4)));
        long part = append(
                log, 1, new JournalRecord.MessagePart(7, Records.message(50, 9).body()));
        var large = new JournalRecord.LargeMessageEnqueued(
                7, 0, JournalRecord.MessageEnqueued.NO_EXPIRY, 4, 50, LongRanges.of(part));
        long here = append(log, 1, new JournalRecord.LargeMessagePosted(large));
        long there = append(log, 2, new JournalRecord.MessagePosted(Records.message(300, 8)));
        append(log, 2, new JournalRecord.TransactionPrepared(wide, 1, LongRanges.of(there), LongRanges.of(2)));
        log.turnUntilIdle();
        append(log, 1, committed(wide, List.of(2), here, LongRanges.NONE));
        log.turnUntilIdle();
        append(log, 2, committed(wide, List.of(), there, LongRanges.of(2)));
        append(log, 1, new JournalRecord.TransactionForgotten(wide));
        log.turnUntilIdle();
    }

    private static JournalRecord committed(UUID id, List<Integer> participants, long posted, LongRanges removed) {
        return new JournalRecord.TransactionCommitted(id, participants, LongRanges.of(posted), removed);
    }

    @AfterAll
    void print() {
        System.out.printf(
                "J1 cases=%d lost=%d false-truncations=%d unreported=%d (refused %d, torn tails %d; with the loss accepted,"
                        + " %d records read that lay in damaged batches)%n",
                cases, lost, falseTruncations, unreported, refused, truncated, salvaged);
        assertThat(List.of(lost, falseTruncations, unreported)).containsOnly(0);
        assertThat(List.of(refused, truncated, salvaged)).doesNotContain(0);
    }

    @Test
    void survivesACutAtAnyByte() throws IOException {
        String name = batches.get(0).file();
        MemoryFileLayer cut = files.copy();
        for (int at = 0; at <= endOfUse(); at++) {
            cut.put(name, Arrays.copyOf(files.contentOf(name), at));
            check(cut, at, at < HEADER_USED_BYTES, false);
        }
    }

    @Test
    void survivesZerosFromAnyByteOn() throws IOException {
        String name = batches.get(0).file();
        MemoryFileLayer zeroed = files.copy();
        byte[] content = zeroed.contentOf(name);
        for (int at = endOfUse() - 1; at >= HEADER_USED_BYTES; at--) {
            content[at] = 0;
            check(zeroed, at, false, false);
        }
    }

    @Test
    void survivesAFlippedBitAtAnyByte() throws IOException {
        String name = batches.get(0).file();
        MemoryFileLayer flipped = files.copy();
        byte[] content = flipped.contentOf(name);
        for (int at = 0; at < endOfUse(); at++) {
            byte good = content[at];
            content[at] ^= (byte) (1 << (at % 8));
            check(
                    flipped,
                    at,
                    at < HEADER_USED_BYTES,
                    at < batches.get(batches.size() - 1).position());
            content[at] = good;
        }
    }

    @Test
    void survivesASectorThatHoldsSomethingElse() throws IOException {
        String name = batches.get(0).file();
        byte[] original = files.contentOf(name);
        var random = new Random(1);
        for (int at = SECTOR_BYTES; at < endOfUse(); at += SECTOR_BYTES) {
            var garbage = new byte[SECTOR_BYTES];
            random.nextBytes(garbage);
            checkSector(name, at, garbage);
            checkSector(name, at, new byte[SECTOR_BYTES]);
            for (int other = SECTOR_BYTES; other < endOfUse(); other += SECTOR_BYTES) {
                checkSector(name, at, Arrays.copyOfRange(original, other, other + SECTOR_BYTES));
            }
        }
    }

    /** A write that the disk forgot, in a file that was used before: the former life shows again. */
    @Test
    void survivesASectorOfTheFilesFormerLife() throws IOException {
        var former = new MemoryFileLayer();
        var log = new HandTurnedLog(former);
        for (int i = 0; i < 12; i++) {
            log.store(1, Records.message(6_000 - 400 * i, i));
        }
        String formerName = former.segmentNames().get(0);
        byte[] stale = former.contentOf(formerName);
        String name = batches.get(0).file();
        for (int at = SECTOR_BYTES; at < endOfUse(); at += SECTOR_BYTES) {
            checkSector(name, at, Arrays.copyOfRange(stale, at, at + SECTOR_BYTES));
        }
    }

    private void checkSector(String name, int at, byte[] sector) throws IOException {
        MemoryFileLayer changed = files.copy();
        System.arraycopy(sector, 0, changed.contentOf(name), at, SECTOR_BYTES);
        check(changed, at, false, false);
    }

    private void check(MemoryFileLayer damaged, int at, boolean headerGone, boolean mustBeReported) throws IOException {
        cases++;
        int whole = 0;
        while (whole < batches.size() && isWhole(batches.get(whole), damaged)) {
            whole++;
        }
        boolean newerFollows = batches.stream().skip(whole + 1L).anyMatch(batch -> hasHeader(batch, damaged));
        HandTurnedLog reopened;
        try {
            reopened = new HandTurnedLog(damaged);
        } catch (CorruptJournalException e) {
            if (!headerGone && !newerFollows) {
                throw new AssertionError("a torn write at byte " + at + " was taken for damage", e);
            }
            refused++;
            checkAccepted(damaged, at);
            return;
        }
        if (headerGone || newerFollows) {
            falseTruncations++;
        }
        if (mustBeReported && reopened.log.damages().isEmpty()) {
            unreported++;
        }
        int expected = whole == 0 ? 0 : batches.get(whole - 1).appended();
        if (model.check(reopened, expected) != expected) {
            lost++;
        }
        truncated += whole < batches.size() ? 1 : 0;
    }

    private void checkAccepted(MemoryFileLayer damaged, int at) throws IOException {
        MemoryFileLayer accepted = damaged.copy();
        HandTurnedLog log = HandTurnedLog.acceptingLoss(accepted);
        assertThat(log.log.damages()).as("at byte %d", at).anyMatch(damage -> !damage.isHarmless());
        var read = RecordSighting.byKey(RecordSighting.in(accepted));
        for (RecordSighting each : written) {
            RecordSighting found = read.get(each.key);
            if (found == null && each.isIntactIn(damaged) && !isInTornTail(each, damaged)) {
                lost++;
            }
            if (found != null && isInDamagedBatch(each, damaged)) {
                salvaged++;
            }
        }
        read.forEach((key, found) -> {
            RecordSighting original = writtenByKey.get(key);
            if (original == null || !Arrays.equals(found.bytes, original.bytes)) {
                fail("%s was invented at byte %d", key, at);
            }
        });
        if (cases % 8 == 0) {
            long index = log.store(1, Records.message("and on"));
            HandTurnedLog again = new HandTurnedLog(accepted);
            assertThat(again.lastIndex(1)).isEqualTo(index);
            assertThat(again.log.damages()).allMatch(damage -> damage.isHarmless() || damage.accepted());
        }
    }

    /** A last batch that is not whole counts for nothing: it may be a torn write. */
    private boolean isInTornTail(RecordSighting record, MemoryFileLayer damaged) {
        int last = batches.size() - 1;
        while (last >= 0 && !isWhole(batches.get(last), damaged)) {
            last--;
        }
        int lastHeader = batches.size() - 1;
        while (lastHeader >= 0 && !hasHeader(batches.get(lastHeader), damaged)) {
            lastHeader--;
        }
        int end = Math.max(last, lastHeader - 1);
        return end + 1 < batches.size()
                && record.position > batches.get(end + 1).position();
    }

    private boolean isInDamagedBatch(RecordSighting record, MemoryFileLayer damaged) {
        return batches.stream()
                .anyMatch(batch -> record.position > batch.position()
                        && record.position < batch.position() + batch.bytes()
                        && !isWhole(batch, damaged));
    }

    private boolean isWhole(Batch batch, MemoryFileLayer damaged) {
        return isSame(batch, damaged, batch.bytes());
    }

    private boolean hasHeader(Batch batch, MemoryFileLayer damaged) {
        return isSame(batch, damaged, BatchHeader.BYTES);
    }

    private boolean isSame(Batch batch, MemoryFileLayer damaged, int length) {
        byte[] original = files.contentOf(batch.file());
        byte[] content = damaged.contentOf(batch.file());
        int end = batch.position() + length;
        return content.length >= end && Arrays.equals(content, batch.position(), end, original, batch.position(), end);
    }

    private int endOfUse() {
        Batch last = batches.get(batches.size() - 1);
        return last.position() + Blocks.roundUp(last.bytes());
    }

    private long append(HandTurnedLog log, int shard, JournalRecord record) {
        long index = log.append(shard, record);
        model.onAppended(shard, index, record);
        return index;
    }
}
