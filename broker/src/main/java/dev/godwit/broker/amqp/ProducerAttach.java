package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.AddressSpelling;
import dev.godwit.broker.address.NodeKind;
import dev.godwit.broker.address.NodeLifetime;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.queue.NodeUse;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.security.Action;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides about a peer that wants to send (AMQP 1.0 §2.6.3). Lives until the answer is given. */
final class ProducerAttach {
    private final BrokerSession session;
    private final BrokerConnection connection;
    private final ReceivingLink link;
    private final @Nullable ProducerTerminus terminus;

    /** @param terminus what an earlier link left, or is to be kept of this one; null when nothing is */
    ProducerAttach(BrokerSession session, ReceivingLink link, @Nullable ProducerTerminus terminus) {
        this.terminus = terminus;
        this.session = session;
        this.connection = session.connection();
        this.link = link;
    }

    void decide() {
        var wish = link.remoteAttach();
        if (wish == null || wish.target() == null) {
            // It takes up a link of which it knows the name only (§2.6.3).
            var known = terminus == null ? null : terminus.target();
            if (wish == null || known == null) {
                refuse(AmqpError.INVALID_FIELD.because(
                        "attach names no target, and nothing is kept here of a link named " + link.name()));
            } else {
                decide(wish, known);
            }
        } else if (wish.target() instanceof Coordinator) {
            CoordinatorLink.accept(link, session, wish);
        } else if (wish.target() instanceof Target target) {
            decide(wish, target);
        }
    }

    private void decide(AttachParameters wish, Target target) {
        if (target.dynamic() && target.address() != null) {
            refuse(AmqpError.INVALID_FIELD.because("a dynamic target gets its address from us, and names none"));
        } else if (target.dynamic()) {
            createTemporary(wish, target);
        } else if (target.address() == null) {
            var pace = connection.paceOf(null);
            accept(wish, target.withLifetimePolicy(null), new RelayRoute(connection, pace), pace, LinkTie.NONE);
        } else {
            resolve(wish, target.withLifetimePolicy(null), target.address());
        }
    }

    private void createTemporary(AttachParameters wish, Target target) {
        var wished = LinkCapabilities.kindWished(target.capabilities());
        var kind = wished == null ? NodeKind.QUEUE : wished;
        var policy = Lifetimes.ofWish(target.lifetimePolicy());
        var lifetime = Lifetimes.of(policy);
        var made = target.withLifetimePolicy(policy);
        connection.createTemporaryNode(kind, lifetime, new LinkAddressReply(link, terminus) {
            @Override
            public void onFound(QueueDoor door) {
                acceptTemporary(wish, made, lifetime, door.name(), fixedRoute(door));
            }

            @Override
            public void onTopic(TopicDoor door) {
                acceptTemporary(wish, made, lifetime, door.name(), fixedRoute(door));
            }
        });
    }

    private void acceptTemporary(
            AttachParameters wish, Target target, NodeLifetime lifetime, String address, Route route) {
        if (link.isAwaitingAnswer()) {
            var tie = connection.ownTemporaryNode(address, lifetime, link.name());
            accept(wish, target.withAddress(address), route, connection.paceOf(address), tie);
        } else {
            connection.addresses().deleteTemporary(address);
            abandon(terminus);
        }
    }

    private void resolve(AttachParameters wish, Target target, String address) {
        var objection = AddressSpelling.objection(address);
        if (objection != null) {
            refuse(AmqpError.INVALID_FIELD.because(objection));
            return;
        }
        if (!connection.may(Action.SEND, address)) {
            refuse(Refusals.unauthorized(connection.user(), Action.SEND, address));
            return;
        }
        var kind = LinkCapabilities.kindWished(target.capabilities());
        var reply = new LinkAddressReply(link, terminus) {
            @Override
            public void onFound(QueueDoor door) {
                acceptAt(door.name(), door.use(), () -> fixedRoute(door));
            }

            @Override
            public void onTopic(TopicDoor door) {
                acceptAt(door.name(), door.use(), () -> fixedRoute(door));
            }

            /** An alias gives nobody a right to what it means. */
            private void acceptAt(String name, NodeUse use, Supplier<Route> route) {
                if (link.isAwaitingAnswer() && !connection.may(Action.SEND, name)) {
                    refuse(Refusals.unauthorized(connection.user(), Action.SEND, name));
                } else if (use.begin()) {
                    var shared = connection.sharedNodes().join(name, link.name());
                    accept(wish, target, route.get(), connection.paceOf(name), new UseTie(use).and(shared));
                } else {
                    // It was about to be removed: look for it again.
                    resolve(wish, target, address);
                }
            }
        };
        connection.addresses().resolve(address, kind, connection, connection.owner(), reply);
    }

    private void refuse(ErrorCondition error) {
        link.refuse(error);
        abandon(terminus);
    }

    /** Nothing comes of the attach: what it has claimed waits for the next. */
    static void abandon(@Nullable ResumableTerminus claimed) {
        if (claimed != null) {
            claimed.onAbandoned();
        }
    }

    private Route fixedRoute(QueueDoor door) {
        return new FixedRoute(door.name(), door.openProducer(connection.owner()));
    }

    private Route fixedRoute(TopicDoor door) {
        return new FixedRoute(door.name(), door.openProducer(connection.owner(), connection));
    }

    private void accept(AttachParameters wish, Target target, Route route, ProducerPace pace, LinkTie tie) {
        if (!link.isAwaitingAnswer()) {
            // The peer did not wait: it detached, or its session or connection has ended.
            pace.leave();
            tie.onGone();
            abandon(terminus);
            return;
        }
        var producer = new ProducerLink(link, route, pace, session, tie, terminus);
        var answer = answer(wish, target, pace);
        if (terminus != null) {
            answer = answer.withUnsettled(terminus.resume(wish.unsettled()));
            if (wish.target() instanceof Target wished) {
                terminus.remember(wished);
            }
            terminus.attach(producer);
        }
        link.accept(answer, producer);
        session.add(producer);
        producer.payCredit();
    }

    private AttachParameters answer(AttachParameters wish, Target target, ProducerPace pace) {
        var source = wish.source() == null ? Source.at(null) : wish.source();
        var capabilities = LinkCapabilities.kindWished(target.capabilities()) == NodeKind.TOPIC
                ? LinkCapabilities.ofTopic(target.capabilities(), target.dynamic())
                : LinkCapabilities.ofQueue(target.capabilities(), target.dynamic());
        var senderSettleMode = wish.senderSettleMode() == null ? SenderSettleMode.MIXED : wish.senderSettleMode();
        var receiverSettleMode =
                wish.receiverSettleMode() == null ? ReceiverSettleMode.FIRST : wish.receiverSettleMode();
        var kept = terminus == null ? TerminusExpiry.ofNothing(target.expiryPolicy()) : terminus.expiry();
        var actual = target.withRetention(kept.policy(), kept.timeoutSeconds()).withCapabilities(capabilities);
        return AttachParameters.of(link.name(), source, actual)
                .withSettleModes(senderSettleMode, receiverSettleMode)
                .withOfferedCapabilities(LinkCapabilities.ofProducer(wish.desiredCapabilities()))
                .withMaxMessageSizeBytes(pace.messageBytesMax());
    }

    /** Refuses the link when the address is refused. */
    abstract static class LinkAddressReply implements AddressReply {
        private final dev.godwit.amqp.container.Link link;
        private final @Nullable ResumableTerminus claimed;

        LinkAddressReply(dev.godwit.amqp.container.Link link, @Nullable ResumableTerminus claimed) {
            this.link = link;
            this.claimed = claimed;
        }

        @Override
        public void onRefused(Refusal refusal, String description) {
            if (link.isAwaitingAnswer()) {
                link.refuse(Refusals.toError(refusal, description));
            }
            abandon(claimed);
        }
    }
}
