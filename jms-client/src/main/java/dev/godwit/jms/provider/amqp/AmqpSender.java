package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProducerNumber;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A sending link. What comes while there is no credit waits in order; what is sent waits for its outcome. Methods of the
 * port may be called from any thread; everything else is owned by the connection's loop.
 */
final class AmqpSender implements Sender, SendingLinkListener, AmqpProviderSession.SessionLink {
    private static final ByteBuffer NO_HEAD = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final AmqpProviderSession session;
    private final @Nullable Address target;
    private final EnvelopeWriter writer;
    private final boolean presettled;
    private final ArrayDeque<Transfer> waiting = new ArrayDeque<>();
    private final Set<Transfer> unsettled = new LinkedHashSet<>();
    private final CompletableFuture<Sender> attached;
    private volatile boolean delaysDelivery;
    private volatile boolean numbersSends;
    private volatile @Nullable ProviderException ended;
    private @Nullable SendingLink link;

    AmqpSender(AmqpProviderSession session, @Nullable Address target, CompletableFuture<Sender> attached) {
        this.session = session;
        this.target = target;
        this.attached = attached;
        this.writer = new EnvelopeWriter(session.provider().addresses());
        this.presettled = session.provider().presettle().isProducerPresettled(target, session.isTransacted());
    }

    /** A message and what is to be said about it. Owned by the loop once it has been handed over. */
    private static final class Transfer implements Encoded {
        private final ByteBuffer message;
        private @Nullable SendReply reply;

        /** That in which it was handed over, however long it waits; null for none. */
        private @Nullable EnclosingTransaction transaction;

        private Transfer(ByteBuffer message) {
            this.message = message;
        }

        @Override
        public int sizeBytes() {
            return message.remaining();
        }
    }

    void attach() {
        String name = session.provider().newLinkName("sender", target == null ? "" : target.name());
        AttachParameters plain = AttachParameters.of(
                name,
                Termini.senderSource(name),
                Termini.senderTarget(target, session.provider().addresses()));
        AttachParameters parameters = presettled ? AmqpProvider.settled(plain) : AmqpProvider.unsettled(plain);
        boolean offered = session.provider().offers(Capability.DELAYED_DELIVERY);
        delaysDelivery = offered;
        List<Symbol> desired = new ArrayList<>();
        if (!offered) {
            desired.add(Capability.DELAYED_DELIVERY);
        }
        if (session.provider().reconnects() && !session.isAlwaysInTransaction()) {
            desired.add(Capability.NUMBERED_SENDS);
        }
        link = session.attachSender(
                desired.isEmpty() ? parameters : parameters.withDesiredCapabilities(desired), this, this);
    }

    @Override
    public void onAttached(SendingLink opened) {
        AttachParameters remote = opened.remoteAttach();
        if (remote == null || remote.target() == null) {
            // Refused: the detach that follows says why (AMQP 1.0 §2.6.3).
            return;
        }
        if (remote.offeredCapabilities().contains(Capability.DELAYED_DELIVERY)) {
            delaysDelivery = true;
        }
        numbersSends = remote.offeredCapabilities().contains(Capability.NUMBERED_SENDS);
        attached.complete(this);
    }

    @Override
    public boolean isOpen() {
        return ended == null;
    }

    @Override
    public boolean delaysDelivery() {
        return delaysDelivery;
    }

    @Override
    public Encoded encode(MessageEnvelope message) {
        return new Transfer(writer.write(message));
    }

    @Override
    public Encoded encode(MessageEnvelope message, ProducerNumber number) {
        return new Transfer(writer.write(message, numbersSends ? number : null));
    }

    @Override
    public Encoded readdress(Encoded message, @Nullable Address destination, @Nullable Address replyTo) {
        return new Transfer(writer.readdress(((Transfer) message).message, destination, replyTo));
    }

    @Override
    public void send(Encoded message, SendReply reply) {
        Transfer transfer = (Transfer) message;
        boolean runs = session.provider().execute(() -> {
            ProviderException cause = ended != null ? ended : session.missingTransaction();
            if (cause != null) {
                reply.onFailed(cause);
            } else {
                transfer.reply = reply;
                transfer.transaction = session.transaction();
                waiting.add(transfer);
                sendWaiting();
            }
        });
        if (!runs) {
            reply.onFailed(new ProviderException(Reason.CLOSED, "the connection is closed"));
        }
    }

    @Override
    public CompletableFuture<Boolean> withdraw(Encoded message) {
        return session.provider().ask(answer -> answer.complete(waiting.remove((Transfer) message)));
    }

    private void sendWaiting() {
        SendingLink open = link;
        if (open == null) {
            return;
        }
        while (!waiting.isEmpty() && open.credit() > 0 && open.isWritable()) {
            Transfer next = waiting.remove();
            EnclosingTransaction within = next.transaction;
            if (within != null && within.isOver()) {
                answer(
                        next,
                        new ProviderException(
                                Reason.TRANSACTION_ROLLED_BACK,
                                "the transaction that the message was in was over before it could be sent"));
                continue;
            }
            DeliveryState state = within == null ? null : within.sendState();
            if (presettled) {
                open.send(NO_HEAD, next.message.duplicate(), true, state);
                answer(next, null);
                continue;
            }
            OutgoingDelivery delivery = open.send(NO_HEAD, next.message.duplicate(), false, state);
            delivery.attach(next);
            unsettled.add(next);
        }
        if (waiting.isEmpty() && open.isDraining()) {
            open.drained();
        }
    }

    @Override
    public void onSendable(SendingLink open) {
        sendWaiting();
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        DeliveryState state = delivery.remoteState();
        if (state instanceof TransactionalState transactional) {
            state = transactional.outcome();
        }
        if (!(state instanceof Outcome) && !delivery.isRemotelySettled()) {
            return;
        }
        delivery.settle(delivery.remoteState());
        if (delivery.attachment() instanceof Transfer transfer && unsettled.remove(transfer)) {
            answer(transfer, failure(state));
        }
    }

    /** What an outcome means to who sent the message; null when it was taken. */
    private @Nullable ProviderException failure(@Nullable DeliveryState state) {
        if (state instanceof Outcome.Accepted) {
            return null;
        }
        if (state instanceof Outcome.Rejected rejected) {
            return AmqpFailures.of(rejected.error(), "the broker rejected the message", Reason.MESSAGE_REFUSED);
        }
        if (state instanceof Outcome.Released) {
            return new ProviderException(
                    Reason.MESSAGE_RELEASED, "the broker released the message: it could not take it now");
        }
        if (state instanceof Outcome.Modified) {
            return new ProviderException(
                    Reason.MESSAGE_RELEASED, "the broker returned the message modified: it could not take it now");
        }
        return new ProviderException(
                Reason.BROKER_ERROR, "the broker settled the message without saying whether it has taken it");
    }

    private static void answer(Transfer transfer, @Nullable ProviderException failure) {
        SendReply reply = transfer.reply;
        transfer.reply = null;
        if (reply != null) {
            if (failure == null) {
                reply.onAccepted();
            } else {
                reply.onFailed(failure);
            }
        }
    }

    @Override
    public void onDetached(SendingLink closed, boolean wasClosed, @Nullable ErrorCondition error) {
        String what = "the broker closed the producer" + (target == null ? "" : " of " + target);
        session.remove(this);
        end(AmqpFailures.of(error, what, Reason.CLOSED));
    }

    @Override
    public void onSessionEnded(ProviderException cause, boolean byBroker) {
        end(cause);
    }

    private void end(ProviderException cause) {
        if (ended != null) {
            return;
        }
        ended = cause;
        attached.completeExceptionally(cause);
        List<Transfer> inDoubt = List.copyOf(unsettled);
        unsettled.clear();
        for (Transfer transfer : inDoubt) {
            answer(
                    transfer,
                    new ProviderException(
                            cause.reason(),
                            cause.getMessage() + "; whether the broker has taken the message is not known",
                            cause));
        }
        while (!waiting.isEmpty()) {
            answer(
                    waiting.remove(),
                    new ProviderException(cause.reason(), cause.getMessage() + "; the message was not sent", cause));
        }
    }

    @Override
    public CompletableFuture<Void> close() {
        return session.provider().ask(answer -> {
            SendingLink open = link;
            if (ended == null && open != null) {
                open.close(null);
                session.remove(this);
                end(new ProviderException(Reason.CLOSED, "the producer is closed"));
            }
            Answered.done(answer);
        });
    }
}
