package dev.godwit.distribution.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ProcessFiguresTest {
    private static final String STAT =
            "4711 (java (x) 9) S 1 4711 4711 0 -1 4194560 31070 0 12 0 250 75 0 0 20 0 41 0 12345 6 7";
    private static final String STATUS = "Name:\tjava\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nThreads:\t41\n";

    @Test
    void readsTimeAndMemoryWhateverTheCommandIsCalled() throws IOException {
        assertThat(ProcessFigures.parse(STAT, STATUS)).isEqualTo(new ProcessFigures(3_250_000, 102_400, 204_800));
    }

    @Test
    void readsThisProcess() throws IOException {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/stat")), "only Linux has /proc");
        var self = ProcessFigures.read(ProcessHandle.current().pid());
        assertThat(self.residentKib()).isPositive();
        assertThat(self.residentPeakKib()).isGreaterThanOrEqualTo(self.residentKib() / 2);
    }

    @Test
    void refusesWhatIsNoProcess() {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> ProcessFigures.read(Long.MAX_VALUE));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> ProcessFigures.parse("1 (x) S", ""));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> ProcessFigures.parse("1 (x) S a a a a a a a a a a a a a a", ""));
    }
}
