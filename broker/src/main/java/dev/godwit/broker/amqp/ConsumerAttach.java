package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.broker.address.AddressSpelling;
import dev.godwit.broker.address.NodeKind;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.address.TopicPattern;
import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.filter.SourceFilters;
import dev.godwit.broker.queue.Interest;
import dev.godwit.broker.queue.NodeUse;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.security.Action;
import org.jspecify.annotations.Nullable;

/** Decides about a peer that wants to receive (AMQP 1.0 §2.6.3). Lives until the answer is given. */
final class ConsumerAttach {
    private final BrokerSession session;
    private final BrokerConnection connection;
    private final SendingLink link;
    private final @Nullable ConsumerTerminus terminus;

    /** @param terminus what an earlier link left, or is to be kept of this one; null when nothing is */
    ConsumerAttach(BrokerSession session, SendingLink link, @Nullable ConsumerTerminus terminus) {
        this.terminus = terminus;
        this.session = session;
        this.connection = session.connection();
        this.link = link;
    }

    void decide() {
        var wish = link.remoteAttach();
        var source = wish == null ? null : wish.source();
        if (source == null && terminus != null) {
            source = terminus.source();
        }
        if (wish == null || source == null) {
            // A null source under the name of a subscription asks for it back (JMS unsubscribe).
            ProducerAttach.abandon(terminus);
            new SubscriptionLookup(connection, link).begin();
            return;
        }
        var objection = ConsumerPriority.objection(wish.properties());
        if (objection != null) {
            refuse(AmqpError.INVALID_FIELD.because(objection));
        } else if (source.dynamic() && source.address() != null) {
            refuse(AmqpError.INVALID_FIELD.because("a dynamic source gets its address from us, and names none"));
        } else if (source.dynamic()) {
            createTemporary(wish, source);
        } else if (source.address() == null) {
            refuse(AmqpError.INVALID_FIELD.because("the source names no address"));
        } else {
            resolve(wish, source.withLifetimePolicy(null), source.address());
        }
    }

    private void createTemporary(AttachParameters wish, Source source) {
        var wished = LinkCapabilities.kindWished(source.capabilities());
        var kind = wished == null ? NodeKind.QUEUE : wished;
        var policy = Lifetimes.ofWish(source.lifetimePolicy());
        var lifetime = Lifetimes.of(policy);
        connection.createTemporaryNode(kind, lifetime, new ProducerAttach.LinkAddressReply(link, terminus) {
            @Override
            public void onFound(QueueDoor door) {
                var tie = own(door.name());
                if (tie != null) {
                    acceptQueue(wish, made(door.name()), door, tie);
                }
            }

            @Override
            public void onTopic(TopicDoor door) {
                var tie = own(door.name());
                if (tie != null) {
                    subscribe(wish, made(door.name()), door.name(), tie);
                }
            }

            private Source made(String address) {
                return source.withAddress(address).withLifetimePolicy(policy);
            }

            /** Null when the peer did not wait for its node, which goes then. */
            private @Nullable LinkTie own(String address) {
                if (!link.isAwaitingAnswer()) {
                    connection.addresses().deleteTemporary(address);
                    ProducerAttach.abandon(terminus);
                    return null;
                }
                return connection.ownTemporaryNode(address, lifetime, link.name());
            }
        });
    }

    private void resolve(AttachParameters wish, Source source, String address) {
        var objection = AddressSpelling.objection(address);
        if (objection != null) {
            refuse(AmqpError.INVALID_FIELD.because(objection));
            return;
        }
        var kind = LinkCapabilities.kindWished(source.capabilities());
        var spelling = AddressSpelling.parse(address);
        boolean topic = kind == NodeKind.TOPIC || spelling.kind() == NodeKind.TOPIC;
        if (!mayDo(topic || !copies(source) ? Action.RECEIVE : Action.BROWSE, address)) {
            return;
        }
        if (topic && TopicPattern.isPattern(spelling.name())) {
            subscribe(wish, source, spelling.name(), LinkTie.NONE);
            return;
        }
        connection
                .addresses()
                .resolve(
                        address,
                        kind,
                        connection,
                        connection.owner(),
                        new ProducerAttach.LinkAddressReply(link, terminus) {
                            @Override
                            public void onFound(QueueDoor door) {
                                // An alias gives nobody a right to what it means.
                                if (mayConsume(door.name(), door.isTemporary())
                                        && mayDo(copies(source) ? Action.BROWSE : Action.RECEIVE, door.name())) {
                                    if (door.use().begin()) {
                                        acceptQueue(wish, source, door, tie(door.name(), door.use()));
                                    } else {
                                        // It was about to be removed: look for it again.
                                        resolve(wish, source, address);
                                    }
                                }
                            }

                            @Override
                            public void onTopic(TopicDoor door) {
                                // Nobody can browse a topic: who subscribes receives.
                                if (mayConsume(door.name(), door.isTemporary())
                                        && mayDo(Action.RECEIVE, address)
                                        && mayDo(Action.RECEIVE, door.name())) {
                                    if (door.use().begin()) {
                                        subscribe(wish, source, door.name(), tie(door.name(), door.use()));
                                    } else {
                                        resolve(wish, source, address);
                                    }
                                }
                            }
                        });
    }

    /** @param use which has begun */
    private LinkTie tie(String address, NodeUse use) {
        return new UseTie(use).and(connection.sharedNodes().join(address, link.name()));
    }

    private void refuse(ErrorCondition error) {
        link.refuse(error);
        ProducerAttach.abandon(terminus);
    }

    private boolean mayDo(Action action, String address) {
        boolean may = connection.may(action, address);
        if (!may) {
            refuse(Refusals.unauthorized(connection.user(), action, address));
        }
        return may;
    }

    private boolean mayConsume(String name, boolean temporary) {
        if (!link.isAwaitingAnswer()) {
            // The peer did not wait: it detached, or its session or connection has ended.
            ProducerAttach.abandon(terminus);
            return false;
        }
        if (temporary && !connection.mayConsumeTemporary(name)) {
            refuse(AmqpError.RESOURCE_LOCKED.because(
                    "only the connection that made '" + name + "' may consume from it"));
            return false;
        }
        return true;
    }

    private void acceptQueue(AttachParameters wish, Source source, QueueDoor door, LinkTie tie) {
        SourceFilters filters;
        try {
            filters = SourceFilters.read(source.filters());
        } catch (InvalidFilterException wrong) {
            refuse(AmqpError.INVALID_FIELD.because(wrong.getMessage()));
            tie.onBroken();
            return;
        }
        if (filters.deferred() != null && filters.filter() != null) {
            refuse(AmqpError.INVALID_FIELD.because(
                    "messages that were laid aside are fetched by their numbers, without other filters"));
            tie.onBroken();
            return;
        }
        var kept = terminus == null
                ? TerminusExpiry.ofNothing(copies(source) ? ExpiryPolicy.LINK_DETACH : source.expiryPolicy())
                : terminus.expiry();
        var capabilities = LinkCapabilities.ofQueue(source.capabilities(), source.dynamic());
        var answer = source.withRetention(kept.policy(), kept.timeoutSeconds())
                .withCapabilities(capabilities)
                .withFilters(filters.applied(false))
                .withDistributionMode(copies(source) ? DistributionMode.COPY : DistributionMode.MOVE);
        var numbers = filters.deferred();
        var interest = numbers == null
                ? new Interest(filters.filter(), copies(source), ConsumerPriority.of(wish.properties()))
                : Interest.inDeferred(numbers, copies(source));
        accept(wish, answer, door, interest, tie, terminus);
    }

    private void subscribe(AttachParameters wish, Source source, String topic, LinkTie tie) {
        if (terminus != null) {
            // The subscription keeps what its consumer had.
            terminus.end();
        }
        new SubscriptionAttach(connection, link, source, tie)
                .decide(
                        topic,
                        (answer, subscription, numbers, seat) -> accept(
                                wish,
                                answer,
                                subscription.queue(),
                                numbers == null
                                        ? Interest.ALL.withPriority(ConsumerPriority.of(wish.properties()))
                                        : Interest.inDeferred(numbers, false),
                                seat,
                                null));
    }

    /** @param kept null when nothing is kept of this link */
    private ConsumerLink accept(
            AttachParameters wish,
            Source source,
            QueueDoor door,
            Interest interest,
            LinkTie tie,
            @Nullable ConsumerTerminus kept) {
        var answer = answer(wish, source);
        var presettled = answer.senderSettleMode() == SenderSettleMode.SETTLED;
        var consumer = new ConsumerLink(link, session, LinkOutcomes.wished(source), presettled, interest.copies(), tie);
        if (kept == null) {
            session.add(consumer);
            link.accept(answer, consumer);
            consumer.join(door, interest);
        } else {
            resume(kept, wish, answer, consumer, door, interest, tie);
        }
        return consumer;
    }

    private void resume(
            ConsumerTerminus kept,
            AttachParameters wish,
            AttachParameters answer,
            ConsumerLink consumer,
            QueueDoor door,
            Interest interest,
            LinkTie tie) {
        kept.resume(wish.unsettled(), ConsumerLink.messageBytesMax(link), map -> {
            if (!link.isAwaitingAnswer()) {
                kept.onAbandoned();
                tie.onGone();
                return;
            }
            kept.attach(consumer);
            if (wish.source() != null) {
                kept.remember(wish.source());
            }
            consumer.keepIn(kept);
            session.add(consumer);
            link.accept(answer.withUnsettled(map), consumer);
            if (wish.unsettled() != null && !consumer.isGone()) {
                kept.sendAgain(link, wish.unsettled());
            }
            consumer.join(door, interest);
        });
    }

    private static boolean copies(Source source) {
        return source.distributionMode() == DistributionMode.COPY;
    }

    private AttachParameters answer(AttachParameters wish, Source source) {
        var outcomes = LinkOutcomes.wished(source);
        var target = wish.target() == null ? Target.at(null) : wish.target();
        var receiverSettleMode =
                wish.receiverSettleMode() == null ? ReceiverSettleMode.FIRST : wish.receiverSettleMode();
        // A sender settles each message as it likes when the mode is mixed (§2.8.2); we let the peer decide its fate.
        var senderSettleMode = wish.senderSettleMode() == SenderSettleMode.SETTLED
                ? SenderSettleMode.SETTLED
                : SenderSettleMode.UNSETTLED;
        return AttachParameters.of(link.name(), source.withOutcomes(outcomes.byDefault(), outcomes.allowed()), target)
                .withSettleModes(senderSettleMode, receiverSettleMode)
                .withOfferedCapabilities(LinkCapabilities.ofConsumer(wish.desiredCapabilities(), !copies(source)))
                .withMaxMessageSizeBytes(connection.settings().maxMessageSizeBytes());
    }
}
