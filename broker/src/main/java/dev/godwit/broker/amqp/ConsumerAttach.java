package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.security.Action;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decides about a peer that wants to receive (AMQP 1.0 §2.6.3). Lives until the answer is given. */
final class ConsumerAttach {
    private final BrokerSession session;
    private final BrokerConnection connection;
    private final SendingLink link;

    ConsumerAttach(BrokerSession session, SendingLink link) {
        this.session = session;
        this.connection = session.connection();
        this.link = link;
    }

    void decide() {
        var wish = link.remoteAttach();
        var source = wish == null ? null : wish.source();
        if (wish == null || source == null) {
            // A null source under the name of a subscription asks for it back (JMS unsubscribe).
            link.refuse(AmqpError.NOT_FOUND.because("there is no subscription '" + link.name() + "'"));
        } else if (source.capabilities().contains(Capability.TOPIC)
                || source.capabilities().contains(Capability.TEMPORARY_TOPIC)) {
            link.refuse(AmqpError.NOT_IMPLEMENTED.because("this broker has no topics yet; use a queue"));
        } else if (source.distributionMode() == DistributionMode.COPY) {
            link.refuse(AmqpError.NOT_IMPLEMENTED.because("this broker cannot browse yet; use distribution-mode move"));
        } else if (!source.filters().isEmpty()) {
            link.refuse(AmqpError.NOT_IMPLEMENTED.because("this broker cannot filter yet; attach without "
                    + source.filters().keySet()));
        } else if (source.dynamic()) {
            createTemporary(wish, source);
        } else if (source.address() == null) {
            link.refuse(AmqpError.INVALID_FIELD.because("the source names no address"));
        } else {
            resolve(wish, source, source.address());
        }
    }

    private void createTemporary(AttachParameters wish, Source source) {
        connection
                .addresses()
                .createTemporary(connection, connection.owner(), new ProducerAttach.LinkAddressReply(link) {
                    @Override
                    public void onFound(QueueDoor door) {
                        if (!link.isAwaitingAnswer()) {
                            connection.addresses().deleteTemporary(door.name());
                            return;
                        }
                        connection.ownTemporaryQueue(door.name());
                        accept(wish, source.withAddress(door.name()), door, door.name());
                    }
                });
    }

    private void resolve(AttachParameters wish, Source source, String address) {
        if (!connection.may(Action.RECEIVE, address)) {
            link.refuse(Refusals.unauthorized(connection.user(), Action.RECEIVE, address));
            return;
        }
        connection
                .addresses()
                .resolve(address, connection, connection.owner(), new ProducerAttach.LinkAddressReply(link) {
                    @Override
                    public void onFound(QueueDoor door) {
                        if (link.isAwaitingAnswer() && door.isTemporary() && !connection.ownsTemporaryQueue(address)) {
                            link.refuse(AmqpError.RESOURCE_LOCKED.because(
                                    "only the connection that made '" + address + "' may consume from it"));
                        } else {
                            accept(wish, source, door, null);
                        }
                    }
                });
    }

    private void accept(AttachParameters wish, Source source, QueueDoor door, @Nullable String temporaryQueue) {
        if (!link.isAwaitingAnswer()) {
            // The peer did not wait: it detached, or its session or connection has ended.
            return;
        }
        var answer = answer(wish, source);
        var presettled = answer.senderSettleMode() == SenderSettleMode.SETTLED;
        var consumer = new ConsumerLink(link, session, LinkOutcomes.wished(source), presettled, temporaryQueue);
        link.accept(answer, consumer);
        session.add(consumer);
        consumer.join(door);
    }

    private AttachParameters answer(AttachParameters wish, Source source) {
        var outcomes = LinkOutcomes.wished(source);
        var capabilities = LinkCapabilities.ofQueue(source.capabilities(), source.dynamic());
        var target = wish.target() == null ? Target.at(null) : wish.target();
        var receiverSettleMode =
                wish.receiverSettleMode() == null ? ReceiverSettleMode.FIRST : wish.receiverSettleMode();
        // A sender settles each message as it likes when the mode is mixed (§2.8.2); we let the peer decide its fate.
        var senderSettleMode = wish.senderSettleMode() == SenderSettleMode.SETTLED
                ? SenderSettleMode.SETTLED
                : SenderSettleMode.UNSETTLED;
        return AttachParameters.of(
                        link.name(),
                        source.withCapabilities(capabilities)
                                .withFilters(Map.of())
                                .withDistributionMode(DistributionMode.MOVE)
                                .withOutcomes(outcomes.byDefault(), outcomes.allowed()),
                        target)
                .withSettleModes(senderSettleMode, receiverSettleMode)
                .withMaxMessageSizeBytes(connection.settings().maxMessageSizeBytes());
    }
}
