package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;

/**
 * When a queue's deliveries pause, and for how long. Immutable.
 *
 * @param ratio which part of the deliveries has to fail for that, up to 1; 0 for never
 * @param windowMillis of the time in which they end
 * @param samplesMin so many must have ended in that time
 * @param pauseMillis how long the first pause is
 * @param pauseMaxMillis none is longer, however often deliveries fail
 */
record BreakerRules(double ratio, long windowMillis, long samplesMin, long pauseMillis, long pauseMaxMillis) {
    static BreakerRules of(AddressSettings settings) {
        return new BreakerRules(
                settings.get(AddressSetting.CIRCUIT_BREAKER_RATIO),
                settings.get(AddressSetting.CIRCUIT_BREAKER_WINDOW),
                settings.get(AddressSetting.CIRCUIT_BREAKER_MIN_SAMPLES),
                settings.get(AddressSetting.CIRCUIT_BREAKER_PAUSE),
                settings.get(AddressSetting.CIRCUIT_BREAKER_PAUSE_MAX));
    }

    boolean areOff() {
        return ratio == 0;
    }

    /** How long to pause after one that was as long as that; never less than at first. */
    long pauseAfter(long millis) {
        long longest = Math.max(pauseMillis, pauseMaxMillis);
        return millis == 0 ? pauseMillis : Math.min(longest, Math.max(pauseMillis, 2 * millis));
    }
}
