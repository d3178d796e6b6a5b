package dev.godwit.distribution;

import dev.godwit.distribution.perf.LoadProgress;
import java.io.PrintWriter;
import java.util.Locale;

/** Shows how a run is going, on one line of a terminal, or on a line each second where it goes into a file. */
final class ProgressLine implements LoadProgress {
    /** The launcher sets this property when standard error is a terminal. */
    private static final boolean ON_TERMINAL = Boolean.getBoolean("godwit.terminal");

    private final PrintWriter err;
    private double beforeSeconds;
    private long beforeConfirmed;
    private long beforeReceived;
    private boolean lineOpen;

    ProgressLine(PrintWriter err) {
        this.err = err;
    }

    @Override
    public void onProgress(double seconds, long sent, long confirmed, long received) {
        double elapsed = seconds - beforeSeconds;
        String line = String.format(
                Locale.ROOT,
                "%5.0f s  confirmed %,11d (%,9.0f/s)  received %,11d (%,9.0f/s)  in flight %,7d",
                seconds,
                confirmed,
                (confirmed - beforeConfirmed) / elapsed,
                received,
                (received - beforeReceived) / elapsed,
                sent - confirmed);
        beforeSeconds = seconds;
        beforeConfirmed = confirmed;
        beforeReceived = received;
        err.print(ON_TERMINAL ? "\r" + line : line + System.lineSeparator());
        err.flush();
        lineOpen = ON_TERMINAL;
    }

    /** What is printed next begins on a line of its own. */
    void end() {
        if (lineOpen) {
            err.println();
            lineOpen = false;
        }
    }
}
