package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Segments that are kept after use, and what can be read of a queue's past. */
class HistoryTest {
    private static final long HOUR = 3_600_000;
    private static final long OTHER_QUEUE = 9;

    private final MemoryFileLayer files = new MemoryFileLayer();
    private final TreeMap<Long, Long> arrivals = new TreeMap<>();

    @Test
    void readsWhatWasConsumedLongAgo() throws IOException {
        var log = filled(keeping(HOUR, 0), 2_000);
        assertThat(log.log.counters().liveBytes()).isZero();
        assertThat(files.segmentNames()).hasSizeGreaterThan(20);

        HistoryRead all = log.history(1, Records.QUEUE, 0, 0, 10_000);
        assertThat(indices(all)).containsExactlyElementsOf(arrivals.keySet());
        assertThat(all.isComplete()).isTrue();
        assertThat(all.problem()).isNull();
        assertThat(all.record(5)).isEqualTo(message(all.index(5), arrivals.getOrDefault(all.index(5), 0L)));
        assertThat(log.history(1, 77, 0, 0, 10).count()).isZero();
    }

    @Test
    void findsItsPlaceByTimeAndByIndexWithoutReadingAllBefore() throws IOException {
        var log = filled(keeping(HOUR, 0), 2_000);
        assertThat(files.names().stream().filter(SegmentIndex::isFileName)).hasSizeGreaterThan(15);
        for (String name : files.segmentNames().subList(0, 10)) {
            Arrays.fill(files.contentOf(name), 8_192, 16_384, (byte) 0);
        }
        long from = 1_000 + 1_500;
        HistoryRead byTime = log.history(1, Records.QUEUE, from, 0, 10_000);
        assertThat(byTime.problem()).isNull();
        assertThat(indices(byTime))
                .containsExactlyElementsOf(arrivals.entrySet().stream()
                        .filter(each -> each.getValue() >= from)
                        .map(Map.Entry::getKey)
                        .toList());
        long after = arrivals.floorKey(arrivals.lastKey() - 100);
        assertThat(indices(log.history(1, Records.QUEUE, 0, after, 10_000)))
                .containsExactlyElementsOf(arrivals.tailMap(after, false).keySet());
        assertThat(log.history(1, Records.QUEUE, 0, 0, 10_000).problem()).contains("offset 8192");
    }

    @Test
    void readsInStretches() throws IOException {
        var log = filled(keeping(HOUR, 0), 1_000);
        var found = new ArrayList<Long>();
        HistoryRead stretch;
        do {
            stretch = log.history(1, Records.QUEUE, 0, found.isEmpty() ? 0 : found.get(found.size() - 1), 50);
            found.addAll(indices(stretch));
            assertThat(stretch.count()).isLessThan(150);
        } while (!stretch.isComplete());
        assertThat(found).containsExactlyElementsOf(arrivals.keySet());
    }

    @Test
    void keepsNoMoreThanItIsToldTo() throws IOException {
        var log = filled(keeping(HOUR, 6L * HandTurnedLog.SEGMENT_BYTES), 2_000);
        assertThat(files.segmentNames()).hasSizeLessThan(12);
        assertThat(files.names().stream().filter(SegmentIndex::isFileName)).hasSizeLessThan(12);
        assertThat(indices(log.history(1, Records.QUEUE, 0, 0, 10_000)))
                .isNotEmpty()
                .endsWith(arrivals.lastKey());
    }

    @Test
    void keepsNothingWhenNotToldTo() throws IOException {
        filled(HandTurnedLog.SETTINGS, 500);
        assertThat(files.names()).noneMatch(SegmentIndex::isFileName);
        assertThat(files.segmentNames()).hasSizeLessThan(6);
    }

    @Test
    void keepsThemOverARestart() throws IOException {
        LogSettings keeping = keeping(HOUR, 0);
        filled(keeping, 2_000);
        int segments = files.segmentNames().size();
        var again = new HandTurnedLog(files.copy(), keeping);
        again.store(1, message(again.lastIndex(1) + 1, 9_000));
        assertThat(indices(again.history(1, Records.QUEUE, 0, 0, 10_000))).containsAll(arrivals.keySet());
        assertThat(again.files.segmentNames()).hasSizeGreaterThanOrEqualTo(segments);

        var withoutCheckpoint = new HandTurnedLog(files.copyWithoutCheckpoints(), keeping);
        withoutCheckpoint.store(1, message(withoutCheckpoint.lastIndex(1) + 1, 9_000));
        assertThat(indices(withoutCheckpoint.history(1, Records.QUEUE, 0, 0, 10_000)))
                .containsAll(arrivals.keySet());

        var off = new HandTurnedLog(files.copy());
        off.store(1, message(off.lastIndex(1) + 1, 9_000));
        assertThat(off.files.segmentNames()).hasSizeLessThan(6);
        assertThat(off.files.names()).noneMatch(SegmentIndex::isFileName);
    }

    @Test
    void readsPartsOfLargeMessages() throws IOException {
        var log = new HandTurnedLog(files, keeping(HOUR, 0));
        long first = log.store(
                1,
                new JournalRecord.MessagePart(
                        Records.QUEUE, Records.message(5_000, 1).body()));
        long second = log.store(
                1,
                new JournalRecord.MessagePart(
                        Records.QUEUE, Records.message(5_000, 2).body()));
        long whole = log.store(
                1,
                new JournalRecord.LargeMessageEnqueued(
                        Records.QUEUE, 1_000, RecordPages.NO_EXPIRY, 4, 10_000, LongRanges.between(first, second)));
        log.store(1, Records.removed(whole));
        assertThat(log.log.counters().liveBytes()).isZero();
        assertThat(indices(log.history(1, Records.QUEUE, 1_000, 0, 10))).containsExactly(first, second, whole);
    }

    private static LogSettings keeping(long millis, long bytes) {
        return HandTurnedLog.SETTINGS.withRetention(millis, bytes);
    }

    private static JournalRecord.MessageEnqueued message(long index, long arrivalMillis) {
        return new JournalRecord.MessageEnqueued(
                Records.QUEUE, arrivalMillis, Records.message(700, (int) index).body());
    }

    /** Everything is consumed at once. */
    private HandTurnedLog filled(LogSettings settings, int messages) throws IOException {
        var log = new HandTurnedLog(files, settings);
        for (int i = 0; i < messages; i++) {
            long index = log.lastIndex(1) + 1;
            arrivals.put(index, 1_000L + i);
            log.append(1, message(index, 1_000L + i));
            log.append(
                    1,
                    new JournalRecord.MessageEnqueued(
                            OTHER_QUEUE, 5, Records.message(200, i).body()));
            log.append(1, Records.removed(index, index + 1));
            if (i % 5 == 0) {
                log.turnUntilIdle();
            }
        }
        log.turnUntilIdle();
        return log;
    }

    private static List<Long> indices(HistoryRead read) {
        var indices = new ArrayList<Long>();
        for (int i = 0; i < read.count(); i++) {
            indices.add(read.index(i));
        }
        return indices;
    }
}
