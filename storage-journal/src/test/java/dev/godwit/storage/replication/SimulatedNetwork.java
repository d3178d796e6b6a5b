package dev.godwit.storage.replication;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Lines between nodes that lose, delay, double and reorder messages, and may be cut in one direction or both. */
final class SimulatedNetwork {
    private record Line(String from, String to) {}

    private final VirtualTime time;
    private final Random random;
    private final Set<Line> cut = new HashSet<>();
    private double lossRate;
    private double doubleRate;
    private double lateRate;

    SimulatedNetwork(VirtualTime time, Random random) {
        this.time = time;
        this.random = random;
    }

    void misbehave(double loss, double doubled, double late) {
        lossRate = loss;
        doubleRate = doubled;
        lateRate = late;
    }

    void cut(String from, String to) {
        cut.add(new Line(from, to));
    }

    void healLines() {
        cut.clear();
    }

    void send(String from, String to, Runnable arrival) {
        if (cut.contains(new Line(from, to)) || random.nextDouble() < lossRate) {
            return;
        }
        time.after(delayMicros(), arrival);
        if (random.nextDouble() < doubleRate) {
            time.after(delayMicros(), arrival);
        }
    }

    private long delayMicros() {
        if (random.nextDouble() < lateRate) {
            return random.nextInt(random.nextInt(10) == 0 ? 4_000_000 : 200_000);
        }
        return 50L + random.nextInt(2_000);
    }
}
