package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.segment.FaultyFileLayer.Fault;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What follows a batch that was cut off, and what a start makes durable before it relies on it. */
class TornTailTest {
    private static final int TWO_BLOCKS = 2 * 4096;

    private final LogModel model = new LogModel();

    /** The next batch is too long for the rest of the segment: the torn one stays where it is, and is no damage. */
    @Test
    void leavesATornBatchBehindAtTheEndOfASegment() throws IOException {
        var files = new MemoryFileLayer();
        var log = new HandTurnedLog(files);
        var free = new int[1];
        files.hook((name, position, bytes) -> free[0] = HandTurnedLog.SEGMENT_BYTES - position - bytes.remaining());
        for (int i = 0; free[0] != TWO_BLOCKS; i++) {
            append(log, 100 + i);
            log.turnUntilIdle();
            assertThat(i).isLessThan(40);
        }
        files.hook((name, position, bytes) -> {
            bytes.get(files.contentOf(name), position, 512);
            throw new IOException("power cut");
        });
        log.append(1, Records.message(5_000, 1));
        HandTurnedLog torn = log;
        assertThatThrownBy(torn::turn).hasMessage("power cut");

        HandTurnedLog second = log.reopened();
        model.check(second, model.size());
        append(second, 9_000);
        second.turnUntilIdle();
        assertThat(second.log.counters().segments()).isEqualTo(2);
        model.check(second.reopened(), model.size());
    }

    @Test
    void makesDurableWhatAKilledProcessLeftInThePageCache() throws IOException {
        for (int seed = 0; seed < 50; seed++) {
            var files = new FaultyFileLayer(new Random(seed));
            var log = new HandTurnedLog(files);
            files.failAfter(1, Fault.KILL);
            log.append(1, Records.message(5_000, 1));
            assertThatThrownBy(log::turn).isInstanceOf(FaultyFileLayer.Stopped.class);

            FaultyFileLayer cached = files.next();
            int found = new HandTurnedLog(cached).replay(1).order().size();
            assertThat(new HandTurnedLog(cached.next()).replay(1).order())
                    .as("after a power cut, seed %d", seed)
                    .hasSize(found);
        }
    }

    private void append(HandTurnedLog log, int bytes) {
        var record = Records.message(bytes, bytes);
        model.onAppended(1, log.append(1, record), record);
    }
}
