package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.TerminusDurability;
import dev.godwit.broker.address.AddressReply.Refusal;
import dev.godwit.broker.address.Subscription;
import dev.godwit.broker.address.SubscriptionKey;
import dev.godwit.broker.address.SubscriptionRequest;
import dev.godwit.broker.address.SubscriptionTerms;
import dev.godwit.broker.address.Subscriptions;
import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.filter.SourceFilters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides about a peer that wants to receive from a topic. Lives until the answer is given.
 *
 * <p>A source that never expires (AMQP 1.0 §3.5.6) is a durable subscription, named by container-id and link name; any
 * other ends with its link, or, when it is shared, with the last of its links.
 */
final class SubscriptionAttach {
    /** What follows it in the name of a link tells links of one subscription apart. */
    private static final char NAME_END = '|';

    private final BrokerConnection connection;
    private final SendingLink link;
    private final Source source;
    private final LinkTie tie;

    /** @param tie told when the link ends, or does not come to be */
    SubscriptionAttach(BrokerConnection connection, SendingLink link, Source source, LinkTie tie) {
        this.tie = tie;
        this.connection = connection;
        this.link = link;
        this.source = source;
    }

    /** Takes the answer further. */
    interface Accepting {
        /**
         * The subscription is there.
         *
         * @param answer the source as it is
         * @param deferred the numbers of messages that were laid aside, which the peer asks for; null when it wants others
         * @param tie to be told when the link ends
         * @return the link's other end; null when it is not wanted any more
         */
        @Nullable
        ConsumerLink accept(Source answer, Subscription subscription, @Nullable List<Long> deferred, LinkTie tie);
    }

    /**
     * Subscribes.
     *
     * @param topic its name, or a pattern
     */
    void decide(String topic, Accepting accepting) {
        SourceFilters filters;
        try {
            filters = SourceFilters.read(source.filters());
        } catch (InvalidFilterException wrong) {
            link.refuse(AmqpError.INVALID_FIELD.because(wrong.getMessage()));
            tie.onBroken();
            return;
        }
        var key = key();
        if (filters.deferred() != null && key == null) {
            link.refuse(AmqpError.INVALID_FIELD.because("this subscription would begin with its link, and nothing was"
                    + " laid aside in it: name one that is durable or shared"));
            tie.onBroken();
            return;
        }
        var stolen = new Stealing();
        var address = source.address() == null ? topic : source.address();
        var terms = new SubscriptionTerms(address, topic, isShared(source), filters.wantsNoLocal(), filters.lasting());
        var request = new SubscriptionRequest(
                key, terms, connection, connection.user(), connection.receivable(), filters.deferred() != null, stolen);
        var reply = new Subscriptions.SubscribeReply() {
            @Override
            public void onSubscribed(Subscription subscription) {
                if (!link.isAwaitingAnswer()) {
                    // The peer did not wait: it detached, or its session or connection has ended.
                    subscription.leave(false);
                    tie.onGone();
                    return;
                }
                var answer =
                        answer(source, terms, connection.isTemporaryNode(topic)).withFilters(filters.applied(true));
                var seat = tie.and(new SubscriptionTie(subscription));
                stolen.consumer = accepting.accept(answer, subscription, filters.deferred(), seat);
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                tie.onBroken();
                if (link.isAwaitingAnswer()) {
                    link.refuse(Refusals.toError(refusal, description));
                }
            }
        };
        connection.addresses().subscriptions().subscribe(request, connection.owner(), reply);
    }

    private static boolean isShared(Source source) {
        return source.capabilities().contains(Capability.SHARED);
    }

    private @Nullable SubscriptionKey key() {
        boolean shared = isShared(source);
        boolean durable = source.expiryPolicy() == ExpiryPolicy.NEVER;
        if (!shared && !durable) {
            return null;
        }
        boolean global = shared && source.capabilities().contains(Capability.GLOBAL);
        return new SubscriptionKey(global ? null : connection.containerId(), name(link.name()), durable);
    }

    /** The name of the subscription that a link of this name belongs to. */
    static String name(String linkName) {
        int end = linkName.indexOf(NAME_END);
        return end <= 0 ? linkName : linkName.substring(0, end);
    }

    /** What follows the name of the subscription; empty when nothing does. */
    static String suffix(String linkName) {
        return linkName.substring(name(linkName).length());
    }

    private static Source answer(Source wish, SubscriptionTerms terms, boolean temporary) {
        boolean durable = wish.expiryPolicy() == ExpiryPolicy.NEVER;
        var capabilities = LinkCapabilities.ofTopic(wish.capabilities(), temporary);
        return source(terms, durable, wish.durability(), capabilities, wish);
    }

    /** A source that says what was kept of a durable subscription. */
    static Source kept(SubscriptionKey key, SubscriptionTerms terms) {
        var capabilities = new ArrayList<Symbol>();
        capabilities.add(Capability.TOPIC);
        if (terms.shared()) {
            capabilities.add(Capability.SHARED);
            if (key.containerId() == null) {
                capabilities.add(Capability.GLOBAL);
            }
        }
        return source(terms, true, TerminusDurability.UNSETTLED_STATE, capabilities, Source.at(terms.address()));
    }

    private static Source source(
            SubscriptionTerms terms,
            boolean durable,
            TerminusDurability durability,
            List<Symbol> capabilities,
            Source wish) {
        return new Source(
                wish.address(),
                durable ? durability : TerminusDurability.NONE,
                durable ? ExpiryPolicy.NEVER : ExpiryPolicy.LINK_DETACH,
                0,
                wish.dynamic(),
                wish.lifetimePolicy(),
                wish.distributionMode() == null ? DistributionMode.COPY : wish.distributionMode(),
                terms.filters(),
                wish.defaultOutcome(),
                wish.outcomes(),
                capabilities);
    }

    /** Another link took the subscription over (§2.6.1). */
    private static final class Stealing implements Runnable {
        private @Nullable ConsumerLink consumer;

        @Override
        public void run() {
            if (consumer != null) {
                consumer.onStolen();
            }
        }
    }
}
