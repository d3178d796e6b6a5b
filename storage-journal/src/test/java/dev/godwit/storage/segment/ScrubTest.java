package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a start does not read is read in the background. */
class ScrubTest {
    private static final long AT_ONCE = Long.MAX_VALUE;

    private final MemoryFileLayer files = new MemoryFileLayer();
    private final WriterCounters counters = new WriterCounters();

    @BeforeEach
    void writeJournal() throws IOException {
        var log = new HandTurnedLog(files);
        for (int i = 0; i < 30; i++) {
            log.store(1, Records.message(8_000, i));
        }
        assertThat(files.segmentNames()).hasSizeGreaterThan(4);
    }

    @Test
    void findsNothingInAJournalThatIsWhole() throws IOException {
        scrub().run();
        assertThat(counters.damages()).isZero();
    }

    @Test
    void findsEveryDamagedPlaceOnce() throws IOException {
        Scrub scrub = scrub();
        files.contentOf(files.segmentNames().get(0))[5_000] ^= 1;
        files.contentOf(files.segmentNames().get(2))[4_100] ^= 1;
        files.contentOf(files.segmentNames().get(2))[30_000] ^= 1;
        scrub.run();
        assertThat(counters.damages()).isEqualTo(3);
    }

    @Test
    void leavesAloneWhatHasBeenFreedMeanwhile() throws IOException {
        String oldest = files.segmentNames().get(0);
        var freeing = (FileLayer) Proxy.newProxyInstance(
                FileLayer.class.getClassLoader(), new Class<?>[] {FileLayer.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("openForReading") && oldest.equals(arguments[0])) {
                        if (!files.names().contains(oldest)) {
                            throw new NoSuchFileException(oldest);
                        }
                        JournalFile opened = files.openForReading(oldest);
                        files.contentOf(oldest)[5_000] ^= 1;
                        files.rename(oldest, Segment.spareName(1));
                        return opened;
                    }
                    return method.invoke(files, arguments);
                });
        new Scrub(freeing, line(), AT_ONCE, counters).run();
        assertThat(counters.damages()).isZero();
        assertThat(files.names()).contains(Segment.spareName(1));
    }

    @Test
    void endsWhenItIsClosed() throws Exception {
        var slow = new Scrub(files, line(), 1, counters);
        var thread = new Thread(slow);
        thread.start();
        slow.close();
        thread.join(20_000);
        assertThat(thread.isAlive()).isFalse();
    }

    private Scrub scrub() throws IOException {
        return new Scrub(files, line(), AT_ONCE, counters);
    }

    private SegmentLine line() throws IOException {
        return Objects.requireNonNull(RecoveryScan.scan(files, true)).segments();
    }
}
