package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.security.Action;
import org.jspecify.annotations.Nullable;

/** Decides about a peer that wants to send (AMQP 1.0 §2.6.3). Lives until the answer is given. */
final class ProducerAttach {
    private final BrokerSession session;
    private final BrokerConnection connection;
    private final ReceivingLink link;

    ProducerAttach(BrokerSession session, ReceivingLink link) {
        this.session = session;
        this.connection = session.connection();
        this.link = link;
    }

    void decide() {
        var wish = link.remoteAttach();
        if (wish == null || wish.target() == null) {
            link.refuse(AmqpError.INVALID_FIELD.because("attach names no target"));
        } else if (wish.target() instanceof Coordinator) {
            link.refuse(AmqpError.NOT_IMPLEMENTED.because("this broker does not coordinate transactions yet"));
        } else if (wish.target() instanceof Target target) {
            decide(wish, target);
        }
    }

    private void decide(AttachParameters wish, Target target) {
        if (target.capabilities().contains(Capability.TOPIC)
                || target.capabilities().contains(Capability.TEMPORARY_TOPIC)) {
            link.refuse(AmqpError.NOT_IMPLEMENTED.because("this broker has no topics yet; use a queue"));
        } else if (target.dynamic()) {
            createTemporary(wish, target);
        } else if (target.address() == null) {
            var route = new RelayRoute(connection);
            accept(wish, target, route, null);
        } else {
            resolve(wish, target, target.address());
        }
    }

    private void createTemporary(AttachParameters wish, Target target) {
        connection.addresses().createTemporary(connection, connection.owner(), new LinkAddressReply(link) {
            @Override
            public void onFound(QueueDoor door) {
                if (!link.isAwaitingAnswer()) {
                    connection.addresses().deleteTemporary(door.name());
                    return;
                }
                connection.ownTemporaryQueue(door.name());
                accept(wish, target.withAddress(door.name()), fixedRoute(door), door.name());
            }
        });
    }

    private void resolve(AttachParameters wish, Target target, String address) {
        if (!connection.may(Action.SEND, address)) {
            link.refuse(Refusals.unauthorized(connection.user(), Action.SEND, address));
            return;
        }
        connection.addresses().resolve(address, connection, connection.owner(), new LinkAddressReply(link) {
            @Override
            public void onFound(QueueDoor door) {
                accept(wish, target, fixedRoute(door), null);
            }
        });
    }

    private Route fixedRoute(QueueDoor door) {
        return new FixedRoute(door.openProducer(connection.owner()));
    }

    private void accept(AttachParameters wish, Target target, Route route, @Nullable String temporaryQueue) {
        if (!link.isAwaitingAnswer()) {
            // The peer did not wait: it detached, or its session or connection has ended.
            return;
        }
        var producer = new ProducerLink(link, route, session, temporaryQueue);
        link.accept(answer(wish, target), producer);
        session.add(producer);
        producer.payCredit();
    }

    private AttachParameters answer(AttachParameters wish, Target target) {
        var source = wish.source() == null ? Source.at(null) : wish.source();
        var capabilities = LinkCapabilities.ofQueue(target.capabilities(), target.dynamic());
        var senderSettleMode = wish.senderSettleMode() == null ? SenderSettleMode.MIXED : wish.senderSettleMode();
        return AttachParameters.of(link.name(), source, target.withCapabilities(capabilities))
                // We settle as soon as the message is safe, whatever the peer would like to confirm (§2.6.12).
                .withSettleModes(senderSettleMode, ReceiverSettleMode.FIRST)
                .withMaxMessageSizeBytes(connection.settings().maxMessageSizeBytes());
    }

    /** Refuses the link when the address is refused. */
    abstract static class LinkAddressReply implements AddressReply {
        private final dev.godwit.amqp.container.Link link;

        LinkAddressReply(dev.godwit.amqp.container.Link link) {
            this.link = link;
        }

        @Override
        public void onRefused(Refusal refusal, String description) {
            if (link.isAwaitingAnswer()) {
                link.refuse(Refusals.toError(refusal, description));
            }
        }
    }
}
