package dev.godwit.storage.replication;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Lines between nodes that lose, delay, double and reorder messages, and may be cut in one direction or both. */
final class SimulatedNetwork {
    private record Line(String from, String to) {}

    private final VirtualTime time;
    private final Random random;
    private final Set<Line> cut = new HashSet<>();
    private final Map<Line, Integer> slow = new HashMap<>();
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

    /** Whatever goes that way takes up to so long. */
    void slowDown(String from, String to, int micros) {
        slow.put(new Line(from, to), micros);
    }

    void healLines() {
        cut.clear();
        slow.clear();
    }

    void send(String from, String to, Runnable arrival) {
        Line line = new Line(from, to);
        if (cut.contains(line) || random.nextDouble() < lossRate) {
            return;
        }
        time.after(delayMicros(line), arrival);
        if (random.nextDouble() < doubleRate) {
            time.after(delayMicros(line), arrival);
        }
    }

    private long delayMicros(Line line) {
        int slowness = slow.getOrDefault(line, 0);
        if (slowness > 0) {
            return slowness / 2L + random.nextInt(slowness / 2);
        }
        if (random.nextDouble() < lateRate) {
            return random.nextInt(random.nextInt(10) == 0 ? 4_000_000 : 200_000);
        }
        return 50L + random.nextInt(2_000);
    }
}
