package dev.godwit.broker.queue;

import java.util.List;

/**
 * How one queue treats priorities. Immutable.
 *
 * @param maxWaitMillis with {@link PriorityMode#AGED}: after so long it is a message's turn, whatever its priority
 * @param weights with {@link PriorityMode#WEIGHTED}: the shares of priorities 0 to 9
 */
public record PriorityRules(PriorityMode mode, long maxWaitMillis, List<Integer> weights) {
    /** Levels of priority; what is above the highest counts as the highest. */
    static final int LEVELS = 10;

    private static final int WEIGHT_MAX = 1_000;

    /** Each priority is worth one more than the one below it. */
    public static final List<Integer> RISING = List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

    /** Highest first, and nobody waits for ever. */
    public static final PriorityRules DEFAULT = new PriorityRules(PriorityMode.AGED, 10_000, RISING);

    public PriorityRules {
        if (maxWaitMillis <= 0) {
            throw new IllegalArgumentException("the longest wait must be positive, but is " + maxWaitMillis + " ms");
        }
        if (weights.size() != LEVELS) {
            throw new IllegalArgumentException(
                    "there must be a weight for each of the priorities 0 to 9, but there are " + weights.size());
        }
        for (int weight : weights) {
            if (weight < 1 || weight > WEIGHT_MAX) {
                throw new IllegalArgumentException(
                        "weights lie between 1 and " + WEIGHT_MAX + ", but one is " + weight);
            }
        }
        weights = List.copyOf(weights);
    }

    /** With the default weights. */
    public static PriorityRules of(PriorityMode mode, long maxWaitMillis) {
        return new PriorityRules(mode, maxWaitMillis, RISING);
    }
}
