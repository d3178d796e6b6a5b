package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import org.jspecify.annotations.Nullable;

/** When a message leaves one queue for the dead letters, and for which. Owned by the queue's loop; lives as long as it. */
final class DeadLetterRules {
    private static final ErrorCondition EXPIRED =
            new ErrorCondition(Symbol.of("godwit:expired"), "its time to live has ended");

    private final String queueName;
    private final DeadLetters deadLetters;
    private final QueueLimits limits;
    private AddressSettings settings = AddressSettings.NONE;

    DeadLetterRules(String queueName, DeadLetters deadLetters, QueueLimits limits) {
        this.queueName = queueName;
        this.deadLetters = deadLetters;
        this.limits = limits;
    }

    /** What holds from now on. */
    void apply(AddressSettings newSettings) {
        settings = newSettings;
    }

    /** Nothing leaves by itself the queue where dead letters end up, nor one that is its own. */
    boolean isLastResort() {
        return deadLetters.isLastResort(queueName)
                || queueName.equals(settings.find(AddressSetting.DEAD_LETTER_ADDRESS));
    }

    /** True when the message has failed as often as it may. */
    boolean isLastAttempt(QueueEntry entry) {
        var attemptsMax = settings.find(AddressSetting.DELIVERY_ATTEMPTS_MAX);
        boolean last = attemptsMax == null
                ? limits.isLastAttempt(entry.deliveryCount())
                : attemptsMax > 0 && entry.deliveryCount() >= attemptsMax;
        return last && !isLastResort();
    }

    /** False when messages are dropped whose time to live has ended: they may not go back to where they expired. */
    boolean keepsExpired() {
        var address = settings.get(AddressSetting.EXPIRY_ADDRESS);
        return !address.isEmpty() && !address.equals(queueName);
    }

    /** Of a message that has expired. */
    DeadLetter expired(QueueEntry entry) {
        return new DeadLetter(
                queueName,
                settings.get(AddressSetting.EXPIRY_ADDRESS),
                DeadLetter.Reason.EXPIRED,
                EXPIRED,
                entry.deliveryCount(),
                entry.annotations());
    }

    DeadLetter letter(QueueEntry entry, DeadLetter.Reason reason, @Nullable ErrorCondition error, int attempts) {
        return new DeadLetter(
                queueName,
                settings.find(AddressSetting.DEAD_LETTER_ADDRESS),
                reason,
                error,
                attempts,
                entry.annotations());
    }
}
