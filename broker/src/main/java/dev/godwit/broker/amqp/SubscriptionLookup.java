package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Target;
import dev.godwit.broker.address.AddressReply.Refusal;
import dev.godwit.broker.address.KeptSubscription;
import dev.godwit.broker.address.SubscriptionKey;
import dev.godwit.broker.address.Subscriptions;
import org.jspecify.annotations.Nullable;

/**
 * A peer that takes up a link without saying what it is, to hear what was kept under its name (AMQP 1.0 §2.6.3): a durable
 * subscription, which goes when the peer closes the link. No message goes out on it. Owned by the connection's loop.
 */
final class SubscriptionLookup implements SendingLinkListener, Subscriptions.FindReply {
    private static final String GLOBAL_SUFFIX = "|global";

    private final BrokerConnection connection;
    private final SendingLink link;
    private @Nullable KeptSubscription found;

    SubscriptionLookup(BrokerConnection connection, SendingLink link) {
        this.connection = connection;
        this.link = link;
    }

    void begin() {
        var wish = link.remoteAttach();
        boolean global = SubscriptionAttach.suffix(link.name()).startsWith(GLOBAL_SUFFIX)
                || (wish != null && wish.desiredCapabilities().contains(Capability.GLOBAL));
        var name = SubscriptionAttach.name(link.name());
        var key = new SubscriptionKey(global ? null : connection.containerId(), name, true);
        connection.addresses().subscriptions().find(key, connection.user(), connection.owner(), this);
    }

    @Override
    public void onKept(KeptSubscription subscription) {
        var wish = link.remoteAttach();
        if (!link.isAwaitingAnswer() || wish == null) {
            return;
        }
        found = subscription;
        var source = SubscriptionAttach.kept(subscription.key(), subscription.terms());
        var target = wish.target() == null ? Target.at(null) : wish.target();
        var answer = AttachParameters.of(link.name(), source, target)
                .withSettleModes(wish.senderSettleMode(), wish.receiverSettleMode())
                .withOfferedCapabilities(wish.desiredCapabilities());
        link.accept(answer, this);
    }

    @Override
    public void onRefused(Refusal refusal, String description) {
        if (link.isAwaitingAnswer()) {
            link.refuse(Refusals.toError(refusal, description));
        }
    }

    @Override
    public void onAttached(SendingLink attached) {
        throw new IllegalStateException("this container attaches no links of its own");
    }

    @Override
    public void onSendable(SendingLink sendable) {
        if (link.isDraining()) {
            link.drained();
        }
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        // Nothing was delivered.
    }

    @Override
    public void onDetached(SendingLink detached, boolean closed, @Nullable ErrorCondition error) {
        if (closed && found != null) {
            found.remove();
        }
    }
}
