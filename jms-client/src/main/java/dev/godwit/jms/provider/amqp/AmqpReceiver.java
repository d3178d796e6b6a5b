package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.Target;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.Settlement;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A receiving link. Methods of the port, and of the deliveries, may be called from any thread; everything else is owned by
 * the connection's loop. Closed by us, it stays attached until every delivery that was given away has been settled.
 */
final class AmqpReceiver implements Receiver, ReceivingLinkListener, AmqpProviderSession.SessionLink {
    private static final Outcome FAILED = new Outcome.Modified(true, false, Map.of());
    private static final Outcome UNDELIVERABLE = new Outcome.Modified(true, true, Map.of());
    private static final Outcome REJECTED = new Outcome.Rejected(null);

    private final AmqpProviderSession session;
    private final ReceiverRequest request;
    private final ReceiverListener listener;
    private final EnvelopeReader reader;
    private final MessageSections sections = new MessageSections();
    private final CompletableFuture<Receiver> attached;
    private final List<CompletableFuture<Void>> drains = new ArrayList<>();

    /** Those who wait until the broker has heard that the link is detached. */
    private final List<CompletableFuture<Void>> closes = new ArrayList<>();

    private @Nullable ReceivingLink link;
    private @Nullable ProviderException ended;
    private boolean closing;

    /** We have detached, and the broker has not answered yet. */
    private boolean detaching;

    private boolean draining;
    private long grantedWhileDraining;
    private int unsettled;

    /** Those of which the broker has been told, and has not said yet that it has written it down. */
    private int unconfirmed;

    /** Deliveries say which message they are. */
    private boolean identified;

    AmqpReceiver(
            AmqpProviderSession session,
            ReceiverRequest request,
            ReceiverListener listener,
            CompletableFuture<Receiver> attached) {
        this.session = session;
        this.request = request;
        this.listener = listener;
        this.attached = attached;
        this.reader = new EnvelopeReader(session.provider().addresses());
    }

    void attach() {
        AmqpProvider provider = session.provider();
        String subscription = request.subscriptionName();
        String name = subscription == null
                ? provider.newLinkName("receiver", request.source().name())
                : provider.subscriptionNames().next(request, subscription);
        AttachParameters plain =
                AttachParameters.of(name, Termini.receiverSource(request, provider.addresses()), Target.at(name));
        boolean presettled = !request.browsing()
                && provider.presettle().isConsumerPresettled(request.source(), session.isTransacted());
        AttachParameters parameters = presettled ? AmqpProvider.settled(plain) : AmqpProvider.unsettled(plain);
        boolean identified = provider.reconnects() && !request.browsing();
        link = session.attachReceiver(
                identified ? parameters.withDesiredCapabilities(List.of(Capability.MESSAGE_IDENTITY)) : parameters,
                this,
                this);
    }

    @Override
    public void onAttached(ReceivingLink opened) {
        AttachParameters remote = opened.remoteAttach();
        Source source = remote == null ? null : remote.source();
        if (source == null) {
            // Refused: the detach that follows says why (AMQP 1.0 §2.6.3).
            return;
        }
        String missing = missing(source);
        if (missing != null) {
            opened.close(null);
            session.remove(this);
            end(new ProviderException(Reason.NOT_SUPPORTED, "the broker does not offer " + missing));
            return;
        }
        identified = remote != null && remote.offeredCapabilities().contains(Capability.MESSAGE_IDENTITY);
        attached.complete(this);
    }

    /** What was asked for and is not in the broker's echo, and so would silently not happen; null when all is there. */
    private @Nullable String missing(Source source) {
        if (request.selector() != null && !isEchoed(source, Termini.SELECTOR)) {
            return "selectors on " + request.source();
        }
        if (request.noLocal() && !isEchoed(source, Termini.NO_LOCAL)) {
            return "subscriptions without local messages on " + request.source();
        }
        if (request.browsing() && source.distributionMode() != DistributionMode.COPY) {
            return "browsing of " + request.source();
        }
        return null;
    }

    private static boolean isEchoed(Source source, Symbol filter) {
        return source.filters().containsKey(filter);
    }

    @Override
    public void grant(int messages) {
        session.provider().execute(() -> {
            ReceivingLink open = link;
            if (ended == null && !closing && open != null) {
                if (draining) {
                    grantedWhileDraining += messages;
                } else {
                    open.addCredit(messages);
                }
            }
        });
    }

    @Override
    public CompletableFuture<Void> drain() {
        return session.provider().ask(answer -> {
            ReceivingLink open = link;
            ProviderException cause = ended;
            if (cause != null) {
                answer.completeExceptionally(cause);
            } else if (open == null || open.credit() == 0) {
                Answered.done(answer);
            } else {
                drains.add(answer);
                if (!draining) {
                    draining = true;
                    open.drain();
                }
            }
        });
    }

    @Override
    public void onDrained(ReceivingLink open) {
        draining = false;
        drains.forEach(Answered::done);
        drains.clear();
        if (grantedWhileDraining > 0 && !closing) {
            open.addCredit((int) Math.min(grantedWhileDraining, Integer.MAX_VALUE));
        }
        grantedWhileDraining = 0;
    }

    @Override
    public void onDelivery(IncomingDelivery incoming) {
        if (closing) {
            incoming.settle(Outcome.Released.INSTANCE);
            return;
        }
        unsettled++;
        listener.onDelivery(new AmqpDelivery(incoming, System.currentTimeMillis(), identity(incoming)));
    }

    private @Nullable UUID identity(IncomingDelivery incoming) {
        if (!identified) {
            return null;
        }
        try {
            sections.scanDeliverySections(incoming.message());
            return sections.deliveryAnnotation(MappingNames.MESSAGE_IDENTITY.toString()) instanceof UUID identity
                    ? identity
                    : null;
        } catch (AmqpDecodeException malformed) {
            // Whoever reads the message says so.
            return null;
        }
    }

    @Override
    public void onSettled(IncomingDelivery delivery) {
        // Only what we have left to the broker to settle comes here: it has written down what we said of it.
        if (delivery.attachment() instanceof Runnable onConfirmed) {
            delivery.attach(null);
            onConfirmed.run();
            unconfirmed--;
            session.onConfirmed();
            closeWhenSettled();
        }
    }

    @Override
    public void onDetached(ReceivingLink detached, boolean wasClosed, @Nullable ErrorCondition error) {
        session.remove(this);
        forgetUnconfirmed();
        closed();
        boolean wasAttached = attached.isDone();
        Reason otherwise =
                request.selector() != null && error != null && dev.godwit.amqp.type.AmqpError.INVALID_FIELD.is(error)
                        ? Reason.INVALID_SELECTOR
                        : Reason.CLOSED;
        ProviderException cause =
                AmqpFailures.of(error, "the broker closed the consumer of " + request.source(), otherwise);
        boolean tell = wasAttached && !closing && ended == null;
        end(cause);
        if (tell) {
            listener.onClosed(cause);
        }
    }

    @Override
    public void onSessionEnded(ProviderException cause, boolean byBroker) {
        closed();
        boolean tell = byBroker && attached.isDone() && !closing && ended == null;
        end(cause);
        if (tell) {
            listener.onClosed(cause);
        }
    }

    /** The broker has let go of what the link held: whoever asks it next, on whatever connection, finds it so. */
    @Override
    public void onDetachAnswered(ReceivingLink detached, @Nullable ErrorCondition error) {
        session.remove(this);
        closed();
    }

    /** The link is gone, and with it the answers that it would have brought. */
    private void forgetUnconfirmed() {
        for (; unconfirmed > 0; unconfirmed--) {
            session.onConfirmed();
        }
    }

    private void closed() {
        detaching = false;
        if (closing) {
            listener.onDetached();
        }
        closes.forEach(Answered::done);
        closes.clear();
    }

    private void end(ProviderException cause) {
        if (ended == null) {
            ended = cause;
            attached.completeExceptionally(cause);
            drains.forEach(drain -> drain.completeExceptionally(cause));
            drains.clear();
        }
    }

    @Override
    public CompletableFuture<Void> close() {
        return session.provider().ask(answer -> {
            closing = true;
            ReceivingLink open = link;
            if (ended == null && open != null && unsettled > 0 && open.credit() > 0 && !draining) {
                draining = true;
                open.drain();
            }
            boolean isConfirming = ended == null && unsettled == 0 && unconfirmed > 0;
            if (closeWhenSettled() || detaching || isConfirming) {
                closes.add(answer);
            } else {
                Answered.done(answer);
            }
        });
    }

    /** True when the link is detached now, which the broker will answer. */
    private boolean closeWhenSettled() {
        ReceivingLink open = link;
        if (!closing || ended != null || unsettled + unconfirmed > 0 || open == null) {
            return false;
        }
        end(new ProviderException(Reason.CLOSED, "the consumer is closed"));
        detaching = true;
        if (request.durable()) {
            open.detach(null);
        } else {
            open.close(null);
        }
        return true;
    }

    /** One delivery of this link. */
    private final class AmqpDelivery implements Delivery {
        private final IncomingDelivery incoming;
        private final ByteBuffer message;
        private final long arrivalMillis;
        private final @Nullable UUID identity;
        private final boolean forgotten;
        private boolean settled;

        private AmqpDelivery(IncomingDelivery incoming, long arrivalMillis, @Nullable UUID identity) {
            this.identity = identity;
            this.incoming = incoming;
            this.message = incoming.message();
            this.forgotten = incoming.isRemotelySettled();
            this.arrivalMillis = arrivalMillis;
        }

        @Override
        public MessageEnvelope read() {
            return reader.read(message.duplicate(), request.source(), arrivalMillis);
        }

        @Override
        public int priority() {
            return EnvelopeReader.priority(message.duplicate());
        }

        @Override
        public boolean isForgotten() {
            return forgotten;
        }

        @Override
        public @Nullable UUID identity() {
            return identity;
        }

        @Override
        public void settle(Settlement settlement) {
            session.provider().execute(() -> settle(() -> incoming.settle(state(settlement))));
        }

        /** The broker settles then, when it has written down what we say (AMQP 1.0 §2.6.12). */
        @Override
        public void settle(Settlement settlement, Runnable onConfirmed) {
            session.provider()
                    .execute(() -> settle(() -> {
                        if (identity == null || incoming.isRemotelySettled()) {
                            incoming.settle(state(settlement));
                        } else {
                            unconfirmed++;
                            session.onUnconfirmed();
                            incoming.attach(onConfirmed);
                            incoming.update(state(settlement));
                        }
                    }));
        }

        private void settle(Runnable told) {
            if (!settled) {
                settled = true;
                unsettled--;
                if (ended == null) {
                    told.run();
                }
                closeWhenSettled();
            }
        }

        private DeliveryState state(Settlement settlement) {
            Outcome outcome =
                    switch (settlement) {
                        case ACCEPTED -> Outcome.Accepted.INSTANCE;
                        case RELEASED -> Outcome.Released.INSTANCE;
                        case FAILED -> FAILED;
                        case UNDELIVERABLE -> UNDELIVERABLE;
                        case REJECTED -> REJECTED;
                    };
            if (settlement != Settlement.ACCEPTED || !session.isTransacted()) {
                return outcome;
            }
            // Without a transaction there is nothing to accept it in: it stays the broker's.
            return session.missingTransaction() != null ? Outcome.Released.INSTANCE : session.settlementState(outcome);
        }
    }
}
