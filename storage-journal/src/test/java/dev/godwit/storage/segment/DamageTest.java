package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is said of a damaged journal, and what becomes of it. {@code DamageSweepTest} goes through every byte. */
class DamageTest {
    private static final int BATCH_BYTES_OFFSET = 40;
    private static final int FIRST_RECORD = 64;

    private record Batch(String file, int position, int bytes) {}

    private final MemoryFileLayer files = new MemoryFileLayer();
    private final List<Batch> batches = new ArrayList<>();

    @BeforeEach
    void writeJournal() throws IOException {
        var log = new HandTurnedLog(files);
        files.hook((name, position, bytes) -> {
            if (position > 0) {
                batches.add(new Batch(name, position, bytes.getInt(BATCH_BYTES_OFFSET)));
            }
        });
        log.append(0, Records.stored("orders", "{\"durable\":true}"));
        log.append(1, Records.message("first"));
        log.append(1, Records.message(3_000, 1));
        log.turnUntilIdle();
        log.append(1, Records.returned(1, 2));
        log.append(2, Records.message(1_500, 2));
        log.append(1, Records.message("beside it"));
        log.turnUntilIdle();
        log.append(1, Records.removed(2));
        log.turnUntilIdle();
        log.append(0, Records.dropped("orders"));
        log.append(2, Records.message(5_000, 3));
        log.turnUntilIdle();
        log.append(2, Records.message("last"));
        log.turnUntilIdle();
        files.hook((name, position, bytes) -> {});
        assertThat(batches).hasSize(5);
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
                batches.add(new Batch(name, position, bytes.getInt(BATCH_BYTES_OFFSET)));
            }
        });
        for (int i = 0; i < 20; i++) {
            log.store(1, Records.message(8_000, i));
        }
        int damages = 0;
        for (int i = 1; i < batches.size(); i++) {
            Batch last = batches.get(i - 1);
            if (!batches.get(i).file().equals(last.file())) {
                MemoryFileLayer damaged = files.copyWithoutCheckpoints();
                damaged.contentOf(last.file())[last.position()] ^= 1;
                assertThatThrownBy(() -> new HandTurnedLog(damaged))
                        .isInstanceOf(CorruptJournalException.class)
                        .hasMessageContaining(last.file() + " at offset " + last.position());
                damages++;
            }
        }
        assertThat(damages).isPositive();
    }

    @Test
    void readsWhatIsIntactInADamagedBatchAndNamesTheRest() throws IOException {
        MemoryFileLayer damaged = files.copy();
        Batch second = batches.get(1);
        flip(damaged, second, FIRST_RECORD + 40);

        assertThatThrownBy(() -> new HandTurnedLog(damaged))
                .hasMessageContaining("2 records salvaged, 1 lost: shard 1 record 3 (queue unknown)");
        HandTurnedLog.acceptingLoss(damaged);
        assertThat(keysIn(damaged)).containsExactlyInAnyOrderElementsOf(without(keysIn(files), "1/3/"));
    }

    @Test
    void findsRecordsWhereTheHeaderOfTheirBatchIsGone() throws IOException {
        MemoryFileLayer damaged = files.copy();
        flip(damaged, batches.get(1), 20);

        assertThatThrownBy(() -> new HandTurnedLog(damaged))
                .hasMessageContaining("batch 2; 3 records salvaged, an unknown number lost");
        HandTurnedLog.acceptingLoss(damaged);
        assertThat(keysIn(damaged)).isEqualTo(keysIn(files));
    }

    @Test
    void namesEveryDamage() throws IOException {
        MemoryFileLayer damaged = files.copy();
        flip(damaged, batches.get(0), FIRST_RECORD + 40);
        flip(damaged, batches.get(2), FIRST_RECORD + 40);
        assertThatThrownBy(() -> new HandTurnedLog(damaged))
                .hasMessageContaining("damaged in 2 places")
                .hasMessageContaining("offset " + batches.get(0).position())
                .hasMessageContaining("offset " + batches.get(2).position());
    }

    @Test
    void isWholeAgainOnceALossIsAcceptedAndRefusesTheNextOne() throws IOException {
        MemoryFileLayer damaged = files.copy();
        flip(damaged, batches.get(2), FIRST_RECORD + 40);
        HandTurnedLog log = HandTurnedLog.acceptingLoss(damaged);
        log.store(1, Records.message("and on"));

        assertThat(new HandTurnedLog(damaged.copy()).log.damages()).isEmpty();
        HandTurnedLog again = new HandTurnedLog(damaged.copyWithoutCheckpoints());
        assertThat(again.log.damages()).singleElement().matches(Damage::accepted);
        assertThat(again.lastIndex(1)).isEqualTo(log.lastIndex(1));
        flip(damaged, batches.get(0), FIRST_RECORD + 40);
        assertThatThrownBy(() -> new HandTurnedLog(damaged.copyWithoutCheckpoints()))
                .hasMessageContaining("damaged in 1 place");
    }

    @Test
    void writesADamagedSegmentHeaderAgain() throws IOException {
        MemoryFileLayer damaged = files.copy();
        String name = batches.get(0).file();
        damaged.contentOf(name)[3] ^= 1;
        assertThatThrownBy(() -> new HandTurnedLog(damaged)).hasMessageContaining(name + " at offset 0");

        HandTurnedLog.acceptingLoss(damaged);
        assertThat(keysIn(damaged)).isEqualTo(keysIn(files));
        assertThat(new HandTurnedLog(damaged).log.damages()).isEmpty();
    }

    @Test
    void goesOnWithoutASegmentThatIsMissing() throws IOException {
        var log = new HandTurnedLog(files);
        for (int i = 0; i < 30; i++) {
            log.store(1, Records.message(8_000, i));
        }
        List<String> names = files.segmentNames();
        for (String name : names.subList(0, names.size() - 2)) {
            MemoryFileLayer without = files.copy();
            without.delete(name);
            HandTurnedLog accepting = HandTurnedLog.acceptingLoss(without);
            var left = RecordSighting.in(files).stream()
                    .filter(each -> !each.file.equals(name))
                    .map(each -> each.key)
                    .toList();
            assertThat(keysIn(without)).containsExactlyElementsOf(left);
            accepting.store(1, Records.message("and on"));
            assertThat(new HandTurnedLog(without).lastIndex(1)).isEqualTo(accepting.lastIndex(1));
        }
    }

    @Test
    void movesWhatIsAliveOutOfADamagedBatchSoThatItsSegmentIsFreed() throws IOException {
        MemoryFileLayer damaged = files.copy();
        flip(damaged, batches.get(1), FIRST_RECORD + 40);
        HandTurnedLog log = HandTurnedLog.acceptingLoss(damaged);
        for (int i = 0; i < 60; i++) {
            long passing = log.store(3, Records.message(15_000, i));
            log.store(3, Records.removed(passing));
        }
        assertThat(damaged.segmentNames()).doesNotContain(batches.get(1).file());
        assertThat(keysIn(damaged)).anyMatch(key -> key.startsWith("2/1/")).anyMatch(key -> key.startsWith("1/4/"));
        assertThat(new HandTurnedLog(damaged).log.damages()).isEmpty();
    }

    @Test
    void warnsOfBytesThatMeanNothing() throws IOException {
        MemoryFileLayer damaged = files.copy();
        Batch second = batches.get(1);
        flip(damaged, second, second.bytes());
        flip(damaged, new Batch(second.file(), 0, 0), 2_000);

        assertThat(new HandTurnedLog(damaged).log.damages())
                .hasSize(2)
                .allMatch(Damage::isHarmless)
                .anyMatch(damage -> damage.offset() == second.position() + second.bytes());
    }

    private static void flip(MemoryFileLayer damaged, Batch batch, int offset) {
        damaged.contentOf(batch.file())[batch.position() + offset] ^= 1;
    }

    private static List<String> keysIn(MemoryFileLayer journal) throws IOException {
        return RecordSighting.in(journal).stream().map(each -> each.key).toList();
    }

    private static List<String> without(List<String> keys, String prefix) {
        return keys.stream().filter(key -> !key.startsWith(prefix)).toList();
    }
}
