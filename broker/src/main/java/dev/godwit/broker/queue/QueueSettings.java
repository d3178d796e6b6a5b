package dev.godwit.broker.queue;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one queue does otherwise than the broker's configuration says. Immutable.
 *
 * @param deliveryAttemptsMax failed attempts after which a message goes to the dead letters, 0 for no limit; null for the
 *     broker's
 * @param deadLetterAddress where they go; null for the broker's
 */
public record QueueSettings(
        @Nullable Integer deliveryAttemptsMax, @Nullable String deadLetterAddress) {
    /** As the configuration says. */
    public static final QueueSettings NONE = new QueueSettings(null, null);

    private static final String ATTEMPTS_MAX = "delivery-attempts-max";
    private static final String DEAD_LETTERS = "dead-letter-address";

    public QueueSettings {
        if (deliveryAttemptsMax != null && deliveryAttemptsMax < 0) {
            throw new IllegalArgumentException(
                    "the number of delivery attempts may not be " + deliveryAttemptsMax + "; 0 stands for no limit");
        }
    }

    /** Reads what {@link #over} wrote; other settings are left alone. */
    public static QueueSettings of(Map<String, String> settings) {
        var attempts = settings.get(ATTEMPTS_MAX);
        return new QueueSettings(attempts == null ? null : Integer.valueOf(attempts), settings.get(DEAD_LETTERS));
    }

    /** As a definition keeps them, in place of those that it had; its other settings stay. */
    public Map<String, String> over(Map<String, String> before) {
        var settings = new HashMap<>(before);
        settings.remove(ATTEMPTS_MAX);
        settings.remove(DEAD_LETTERS);
        if (deliveryAttemptsMax != null) {
            settings.put(ATTEMPTS_MAX, String.valueOf(deliveryAttemptsMax));
        }
        if (deadLetterAddress != null) {
            settings.put(DEAD_LETTERS, deadLetterAddress);
        }
        return settings;
    }

    boolean isLastAttempt(int failedAttempts, QueueLimits limits) {
        return deliveryAttemptsMax == null
                ? limits.isLastAttempt(failedAttempts)
                : deliveryAttemptsMax > 0 && failedAttempts >= deliveryAttemptsMax;
    }
}
