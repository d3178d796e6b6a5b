package dev.godwit.broker.intake;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import org.jspecify.annotations.Nullable;

/**
 * How fast messages may come in.
 *
 * @param messagesPerSecond 0 for any number
 * @param bytesPerSecond encoded; 0 for any number
 * @param burstMillis what may come in so long a time may come at once, when nothing came for so long
 */
public record RateTerms(long messagesPerSecond, long bytesPerSecond, long burstMillis) {
    public RateTerms {
        if (messagesPerSecond < 0 || bytesPerSecond < 0 || burstMillis < 1) {
            throw new IllegalArgumentException("no rate: " + messagesPerSecond + " messages, " + bytesPerSecond
                    + " bytes, " + burstMillis + " ms");
        }
    }

    /** What settings of an address say; null when they limit nothing. */
    static @Nullable RateTerms of(AddressSettings settings) {
        long messages = settings.get(AddressSetting.MAX_RATE_MESSAGES);
        long bytes = settings.get(AddressSetting.MAX_RATE_BYTES);
        return messages == 0 && bytes == 0
                ? null
                : new RateTerms(messages, bytes, settings.get(AddressSetting.RATE_BURST));
    }
}
