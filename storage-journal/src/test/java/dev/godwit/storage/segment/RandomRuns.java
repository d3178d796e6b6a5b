package dev.godwit.storage.segment;

import java.util.Random;

/**
 * Something was done at random, several times. {@code -Dgodwit.test.runs} says how often, {@code -Dgodwit.test.seed} from which seed on.
 *
 * @param seed of the first run; each has the next one
 */
record RandomRuns(long seed, int count) {
    /** What is done once. */
    interface Run {
        void run(Random random) throws Exception;
    }

    /**
     * @param usualCount how often, if nobody says otherwise
     * @throws AssertionError a run failed: it says how that one is done again
     */
    static RandomRuns of(int usualCount, Run run) {
        var runs = new RandomRuns(
                Long.getLong("godwit.test.seed", System.nanoTime()),
                Integer.getInteger("godwit.test.runs", usualCount));
        for (long seed = runs.seed; seed < runs.seed + runs.count; seed++) {
            try {
                run.run(new Random(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("rerun with -Dgodwit.test.runs=1 -Dgodwit.test.seed=" + seed, e);
            }
        }
        return runs;
    }

    @Override
    public String toString() {
        return "seed " + seed + ", " + count + " runs";
    }
}
