package dev.godwit.jms.session;

import dev.godwit.jms.message.GodwitMessage;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Settlement;
import jakarta.jms.JMSException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the application's messages of what came to a consumer, and tells the broker of what is none for it. Used by the session's
 * thread.
 */
final class DeliveryReader {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryReader.class);

    private final ClientSession session;
    private final Address source;
    private final ConnectionSettings.Receiving settings;
    private long unreadableCount;

    DeliveryReader(ClientSession session, Address source) {
        this.session = session;
        this.source = source;
        this.settings = session.settings().receiving();
    }

    /** Null when it is none for the application, and has been settled: not readable, come again too often, or expired. */
    @Nullable
    GodwitMessage read(ReceivedDelivery delivery) {
        GodwitMessage message;
        try {
            message = delivery.toMessage(session.messages(), () -> session.acknowledge(delivery));
        } catch (RuntimeException | JMSException unreadable) {
            LOG.warn(
                    "A message from {} cannot be read and is rejected, the {}. of this consumer: {}",
                    source,
                    ++unreadableCount,
                    unreadable.toString());
            delivery.settle(Settlement.REJECTED);
            return null;
        }
        if (settings.redeliveriesMax() >= 0 && delivery.redeliveries() > settings.redeliveriesMax()) {
            LOG.debug("{} has come again too often to be delivered", message);
            delivery.settle(settings.redeliveryOutcome());
            return null;
        }
        long expiration = message.getJMSExpiration();
        if (settings.localExpiry() && expiration != 0 && expiration <= System.currentTimeMillis()) {
            LOG.debug("{} has expired before it was delivered", message);
            delivery.settle(Settlement.UNDELIVERABLE);
            return null;
        }
        return message;
    }
}
