package dev.godwit.storage.replication;

import java.util.Random;

/** A monotonic clock, which runs a little too fast or too slowly, and not always by as much. */
final class SimulatedClock {
    private static final int PER_MILLE = 1_000;

    private final VirtualTime time;
    private long micros;
    private long sinceMicros;
    private int speed = PER_MILLE;

    SimulatedClock(VirtualTime time, Random random) {
        this.time = time;
        micros = random.nextInt(1_000_000_000);
    }

    long millis() {
        return (micros + (time.nowMicros() - sinceMicros) * speed / PER_MILLE) / 1_000;
    }

    /** From now on it gains or loses so much. */
    void drift(int perMille) {
        micros += (time.nowMicros() - sinceMicros) * speed / PER_MILLE;
        sinceMicros = time.nowMicros();
        speed = PER_MILLE + perMille;
    }
}
