package dev.godwit.jms.provider.amqp;

import dev.godwit.jms.provider.Address;
import org.jspecify.annotations.Nullable;

/**
 * Which messages go without any word about what became of them (AMQP 1.0 §2.6.12, at most once). Immutable.
 *
 * @param producers all of them
 * @param transactedProducers those of transacted sessions
 * @param consumers all of them, save those of transacted sessions
 */
public record PresettlePolicy(
        boolean producers,
        boolean topicProducers,
        boolean queueProducers,
        boolean transactedProducers,
        boolean consumers,
        boolean topicConsumers,
        boolean queueConsumers) {
    public static final PresettlePolicy NONE = new PresettlePolicy(false, false, false, false, false, false, false);

    /** @param target null for a producer that is told the destination with each message */
    boolean isProducerPresettled(@Nullable Address target, boolean transacted) {
        boolean byKind = target != null && (target.kind().isTopic() ? topicProducers : queueProducers);
        return producers || byKind || (transacted && transactedProducers);
    }

    boolean isConsumerPresettled(Address source, boolean transacted) {
        return !transacted && (consumers || (source.kind().isTopic() ? topicConsumers : queueConsumers));
    }
}
