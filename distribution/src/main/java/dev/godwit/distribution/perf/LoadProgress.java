package dev.godwit.distribution.perf;

/** Hears about a run once a second, on the thread that started it. */
public interface LoadProgress {
    /**
     * Another second has passed.
     *
     * @param seconds since producers began
     */
    void onProgress(double seconds, long sent, long confirmed, long received);
}
