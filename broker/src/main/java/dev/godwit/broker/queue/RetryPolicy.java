package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;

/**
 * How long a message waits after a failed attempt before it is given out again. Immutable.
 *
 * @param delayMillis after the first one; 0 for not at all
 * @param multiplier how many times longer after each further one, at least 1
 * @param delayMaxMillis it never waits longer
 * @param jitter by which part of it, 0 to 1, it may be shorter or longer, so that what failed together does not come back
 *     together
 */
public record RetryPolicy(long delayMillis, double multiplier, long delayMaxMillis, double jitter) {
    /** Given out again at once. */
    public static final RetryPolicy AT_ONCE = new RetryPolicy(0, 1, Long.MAX_VALUE, 0);

    public RetryPolicy {
        if (delayMillis < 0) {
            throw new IllegalArgumentException("a retry delay may not be " + delayMillis + " ms; 0 stands for none");
        }
        if (!(multiplier >= 1)) {
            throw new IllegalArgumentException(
                    "a retry delay may not be multiplied by " + multiplier + "; 1 leaves it as it is");
        }
        if (delayMaxMillis < 0) {
            throw new IllegalArgumentException("the longest retry delay may not be " + delayMaxMillis + " ms");
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("the jitter of a retry delay may be 0 to 1, not " + jitter);
        }
    }

    static RetryPolicy of(AddressSettings settings) {
        return new RetryPolicy(
                settings.get(AddressSetting.RETRY_DELAY),
                settings.get(AddressSetting.RETRY_DELAY_MULTIPLIER),
                settings.get(AddressSetting.RETRY_DELAY_MAX),
                settings.get(AddressSetting.RETRY_JITTER));
    }

    /**
     * How long to wait, in milliseconds.
     *
     * @param failedAttempts so far, at least 1
     * @param random 0 to 1
     */
    long delayMillis(int failedAttempts, double random) {
        if (delayMillis == 0) {
            return 0;
        }
        double longest = (double) delayMaxMillis;
        double grown = (double) delayMillis * Math.pow(multiplier, failedAttempts - 1.0);
        double spread = Math.min(grown, longest) * (1 - jitter + 2 * jitter * random);
        return Math.round(Math.min(spread, longest));
    }
}
