package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.Link;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.Target;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds, before an attach is decided about, what an earlier link of its name has left (AMQP 1.0 §2.6.13). Lives until it
 * is found; for most links there is nothing to look for.
 */
final class Resumption {
    /** Consumers of these share their messages, or have them kept by a subscription. */
    private static final List<Symbol> KEPT_OTHERWISE =
            List.of(Capability.TOPIC, Capability.TEMPORARY_TOPIC, Symbol.of("shared"));

    private final BrokerConnection connection;

    Resumption(BrokerSession session) {
        this.connection = session.connection();
    }

    /** @param found hears, perhaps at once, of the terminus to use; null for a link that cannot be resumed */
    void ofProducer(ReceivingLink link, Consumer<@Nullable ProducerTerminus> found) {
        var wish = link.remoteAttach();
        if (wish != null && wish.target() == null) {
            recover(link, false, claimed -> found.accept(claimed instanceof ProducerTerminus known ? known : null));
            return;
        }
        var expiry = wish == null ? null : TerminusExpiry.ofProducer(wish);
        if (wish == null || expiry == null || wish.senderSettleMode() == SenderSettleMode.SETTLED) {
            found.accept(null);
            return;
        }
        var address = wish.target() instanceof Target target ? String.valueOf(target.address()) : "";
        var key = key(link, false);
        claim(key, link, address, expiry, claimed -> {
            var kept = claimed instanceof ProducerTerminus terminus ? terminus : null;
            found.accept(
                    kept != null
                            ? kept
                            : new ProducerTerminus(
                                    connection.resumableLinks(), key, address, expiry, connection.owner()));
        });
    }

    /** @param found hears, perhaps at once, of the terminus to use; null for a link that cannot be resumed */
    void ofConsumer(SendingLink link, Consumer<@Nullable ConsumerTerminus> found) {
        var wish = link.remoteAttach();
        var source = wish == null ? null : wish.source();
        if (wish != null && source == null) {
            recover(link, true, claimed -> found.accept(claimed instanceof ConsumerTerminus known ? known : null));
            return;
        }
        var expiry = wish == null ? null : TerminusExpiry.ofConsumer(wish);
        if (wish == null
                || source == null
                || expiry == null
                || wish.senderSettleMode() == SenderSettleMode.SETTLED
                || source.distributionMode() == DistributionMode.COPY
                || source.capabilities().stream().anyMatch(KEPT_OTHERWISE::contains)) {
            found.accept(null);
            return;
        }
        var address = String.valueOf(source.address());
        var key = key(link, true);
        claim(key, link, address, expiry, claimed -> {
            var kept = claimed instanceof ConsumerTerminus terminus ? terminus : null;
            found.accept(
                    kept != null
                            ? kept
                            : new ConsumerTerminus(
                                    connection.resumableLinks(), key, address, expiry, connection.owner()));
        });
    }

    /** The peer knows no more than the link's name: what it was, the terminus says (§2.6.3). */
    private void recover(Link link, boolean consumer, Consumer<@Nullable ResumableTerminus> found) {
        connection.resumableLinks().claim(key(link, consumer), connection.owner(), claimed -> {
            if (claimed != null && !link.isAwaitingAnswer()) {
                claimed.onAbandoned();
            } else {
                found.accept(claimed);
            }
        });
    }

    private ResumableLinks.Key key(Link link, boolean consumer) {
        return new ResumableLinks.Key(connection.user(), connection.containerId(), link.name(), consumer);
    }

    private void claim(
            ResumableLinks.Key key,
            Link link,
            String address,
            TerminusExpiry expiry,
            Consumer<@Nullable ResumableTerminus> found) {
        connection.resumableLinks().claim(key, connection.owner(), claimed -> {
            if (claimed != null && !link.isAwaitingAnswer()) {
                // The peer did not wait: its next attempt finds it.
                claimed.onAbandoned();
            } else if (claimed != null && !claimed.isAt(address, expiry)) {
                claimed.end();
                found.accept(null);
            } else {
                found.accept(claimed);
            }
        });
    }
}
