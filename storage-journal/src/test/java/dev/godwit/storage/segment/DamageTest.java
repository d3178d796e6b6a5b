package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A journal of mixed records, cut and damaged at every byte. What is expected is worked out from the bytes alone: where
 * the first batch is not what was written, the log ends, unless the header of a later batch shows that it had been
 * durable.
 */
class DamageTest {
    private static final int SECTOR_BYTES = 512;
    private static final int HEADER_USED_BYTES = 64;
    private static final int BATCH_BYTES_OFFSET = 40;

    private record Batch(String file, int position, int bytes, int appended) {
        boolean isWholeIn(MemoryFileLayer files, byte[] original) {
            return sameIn(files, original, bytes);
        }

        boolean hasHeaderIn(MemoryFileLayer files, byte[] original) {
            return sameIn(files, original, BatchHeader.BYTES);
        }

        private boolean sameIn(MemoryFileLayer files, byte[] original, int length) {
            byte[] content = files.contentOf(file);
            return content.length >= position + length
                    && Arrays.equals(content, position, position + length, original, position, position + length);
        }
    }

    private final MemoryFileLayer files = new MemoryFileLayer();
    private final LogModel model = new LogModel();
    private final List<Batch> batches = new ArrayList<>();
    private int refused;
    private int truncated;
    private int intact;

    @BeforeEach
    void writeJournal() throws IOException {
        var log = new HandTurnedLog(files);
        files.hook((name, position, bytes) -> {
            if (position > 0) {
                batches.add(new Batch(name, position, batchBytes(bytes), model.size()));
            }
        });
        append(log, 0, Records.stored("orders", "{\"durable\":true}"));
        append(log, 1, Records.message("first"));
        append(log, 1, Records.message(3_000, 1));
        log.turnUntilIdle();
        append(log, 1, Records.returned(1, 2));
        append(log, 2, Records.message(1_500, 2));
        log.turnUntilIdle();
        append(log, 1, Records.removed(1, 2));
        log.turnUntilIdle();
        append(log, 0, Records.dropped("orders"));
        append(log, 2, Records.message(5_000, 3));
        log.turnUntilIdle();
        append(log, 2, Records.message("last"));
        log.turnUntilIdle();
        files.hook((name, position, bytes) -> {});
        assertThat(batches).hasSize(5);
    }

    @Test
    void losesNothingThatWasSafeBeforeACutAtAnyByte() throws IOException {
        String name = batches.get(0).file();
        MemoryFileLayer cut = files.copy();
        for (int at = 0; at <= endOfUse(); at++) {
            cut.put(name, Arrays.copyOf(files.contentOf(name), at));
            check(cut, name, at, at < HEADER_USED_BYTES);
        }
        print("cut short");
    }

    @Test
    void losesNothingThatWasSafeBeforeZerosFromAnyByteOn() throws IOException {
        String name = batches.get(0).file();
        MemoryFileLayer zeroed = files.copy();
        byte[] content = zeroed.contentOf(name);
        for (int at = endOfUse() - 1; at >= HEADER_USED_BYTES; at--) {
            content[at] = 0;
            check(zeroed, name, at, false);
        }
        print("zeroed");
    }

    @Test
    void tellsDamageFromATornWriteWhateverBitIsFlipped() throws IOException {
        String name = batches.get(0).file();
        MemoryFileLayer flipped = files.copy();
        byte[] content = flipped.contentOf(name);
        for (int at = 0; at < endOfUse(); at++) {
            byte good = content[at];
            content[at] ^= (byte) (1 << (at % 8));
            check(flipped, name, at, at < HEADER_USED_BYTES);
            content[at] = good;
        }
        print("flipped");
    }

    @Test
    void tellsDamageFromATornWriteWhereverASectorHoldsSomethingElse() throws IOException {
        String name = batches.get(0).file();
        byte[] original = files.contentOf(name);
        var random = new Random(1);
        for (int at = SECTOR_BYTES; at < endOfUse(); at += SECTOR_BYTES) {
            var garbage = new byte[SECTOR_BYTES];
            random.nextBytes(garbage);
            checkSector(name, at, garbage);
            checkSector(name, at, new byte[SECTOR_BYTES]);
            for (int stale = SECTOR_BYTES; stale < endOfUse(); stale += SECTOR_BYTES) {
                checkSector(name, at, Arrays.copyOfRange(original, stale, stale + SECTOR_BYTES));
            }
        }
        print("sectors replaced");
    }

    @Test
    void saysWhereTheDamageIsAndChangesNothing() throws IOException {
        MemoryFileLayer damaged = files.copy();
        Batch third = batches.get(2);
        damaged.contentOf(third.file())[third.position() + 70] ^= 1;
        byte[] before = damaged.contentOf(third.file()).clone();

        assertThatThrownBy(() -> new HandTurnedLog(damaged))
                .isInstanceOf(CorruptJournalException.class)
                .hasMessageContaining(third.file() + " at offset " + third.position())
                .hasMessageContaining("record 1 of 1")
                .hasMessageContaining("and batch 4 was written after it had been safe")
                .hasMessageContaining("; batch 3; 0 records salvaged, 1 lost")
                .hasMessageContaining("Nothing was changed");
        assertThat(damaged.contentOf(third.file())).isEqualTo(before);
        assertThat(damaged.names()).containsExactlyElementsOf(files.names());
    }

    @Test
    void noticesAMissingSegment() throws IOException {
        var log = new HandTurnedLog(files);
        for (int i = 0; i < 30; i++) {
            log.store(1, Records.message(8_000, i));
        }
        List<String> names = files.segmentNames();
        assertThat(names).hasSizeGreaterThan(4);
        for (String name : names.subList(0, names.size() - 2)) {
            MemoryFileLayer without = files.copy();
            without.delete(name);
            assertThatThrownBy(() -> new HandTurnedLog(without))
                    .isInstanceOf(CorruptJournalException.class)
                    .hasMessageContaining(name)
                    .hasMessageContaining("missing");
        }
    }

    @Test
    void noticesDamageInTheLastBatchOfASegmentThatOthersFollow() throws IOException {
        var log = new HandTurnedLog(files);
        batches.clear();
        files.hook((name, position, bytes) -> {
            if (position > 0) {
                batches.add(new Batch(name, position, batchBytes(bytes), 0));
            }
        });
        for (int i = 0; i < 20; i++) {
            log.store(1, Records.message(8_000, i));
        }
        for (int i = 1; i < batches.size(); i++) {
            Batch last = batches.get(i - 1);
            if (!batches.get(i).file().equals(last.file())) {
                MemoryFileLayer damaged = files.copy();
                damaged.contentOf(last.file())[last.position()] ^= 1;
                assertThatThrownBy(() -> new HandTurnedLog(damaged))
                        .isInstanceOf(CorruptJournalException.class)
                        .hasMessageContaining(last.file() + " at offset " + last.position());
                truncated++;
            }
        }
        assertThat(truncated).isPositive();
    }

    private void checkSector(String name, int at, byte[] sector) throws IOException {
        MemoryFileLayer changed = files.copy();
        System.arraycopy(sector, 0, changed.contentOf(name), at, SECTOR_BYTES);
        check(changed, name, at, false);
    }

    private void check(MemoryFileLayer damaged, String name, int at, boolean headerGone) throws IOException {
        byte[] original = files.contentOf(name);
        int whole = 0;
        while (whole < batches.size() && batches.get(whole).isWholeIn(damaged, original)) {
            whole++;
        }
        boolean newerFollows =
                batches.stream().skip(whole + 1L).anyMatch(batch -> batch.hasHeaderIn(damaged, original));
        HandTurnedLog reopened;
        try {
            reopened = new HandTurnedLog(damaged);
        } catch (CorruptJournalException e) {
            assertThat(headerGone || newerFollows)
                    .as("refused at byte %d: %s", at, e.getMessage())
                    .isTrue();
            refused++;
            return;
        }
        if (headerGone || newerFollows) {
            fail("damage at byte %d was not noticed", at);
        }
        int expected = whole == 0 ? 0 : batches.get(whole - 1).appended();
        assertThat(model.check(reopened, expected)).as("at byte %d", at).isEqualTo(expected);
        if (whole < batches.size()) {
            truncated++;
        } else {
            intact++;
        }
    }

    private int endOfUse() {
        Batch last = batches.get(batches.size() - 1);
        return last.position() + Blocks.roundUp(last.bytes());
    }

    private void append(HandTurnedLog log, int shard, JournalRecord record) {
        model.onAppended(shard, log.append(shard, record), record);
    }

    private static int batchBytes(ByteBuffer batch) {
        return batch.getInt(BATCH_BYTES_OFFSET);
    }

    private void print(String what) {
        System.out.printf(
                "damage, %s: %d cases, %d refused, %d truncated, %d intact; safe records lost 0, invented 0%n",
                what, refused + truncated + intact, refused, truncated, intact);
        assertThat(truncated).isPositive();
    }
}
