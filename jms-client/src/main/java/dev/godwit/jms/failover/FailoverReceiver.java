package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A receiver that is made anew on each connection, with the credit that was not used. Messages that the application has
 * acknowledged already are acknowledged again, and not shown to it. Methods of the port may be called from any thread;
 * everything else is owned by the provider's loop.
 */
final class FailoverReceiver implements Receiver {
    private final FailoverSession session;
    private final ReceiverRequest request;
    private final ReceiverListener listener;
    private final List<CompletableFuture<Void>> drains = new ArrayList<>();

    /** The one on the connection that is there; null when there is none. */
    private @Nullable Receiver there;

    private @Nullable ProviderException ended;
    private long credit;
    private long creditAfterDrain;
    private boolean draining;
    private boolean drainingAgain;

    /** Of the credit that is being drained, what went for messages that nobody was shown. */
    private int suppressedInDrain;

    FailoverReceiver(FailoverSession session, ReceiverRequest request, ReceiverListener listener) {
        this.session = session;
        this.request = request;
        this.listener = listener;
    }

    // The port.

    @Override
    public void grant(int messages) {
        session.provider().execute(() -> {
            if (ended != null) {
                return;
            }
            if (draining) {
                creditAfterDrain += messages;
            } else {
                credit += messages;
            }
            grantThere(messages);
        });
    }

    private void grantThere(long messages) {
        Receiver receiver = there;
        if (receiver != null && session.provider().isConnected() && messages > 0) {
            receiver.grant((int) Math.min(messages, Integer.MAX_VALUE));
        }
    }

    @Override
    public CompletableFuture<Void> drain() {
        CompletableFuture<Void> answer = new PendingAnswer<>(session.provider()::status);
        boolean runs = session.provider().execute(() -> {
            ProviderException cause = ended;
            if (cause != null) {
                answer.completeExceptionally(cause);
                return;
            }
            drains.add(answer);
            if (there == null || !session.provider().isConnected()) {
                // Nobody has anything to send.
                credit = 0;
                endDrains();
            } else if (!draining) {
                draining = true;
                drainThere(there);
            }
        });
        if (!runs) {
            answer.completeExceptionally(new ProviderException(Reason.CLOSED, "the connection is closed"));
        }
        return answer;
    }

    private void drainThere(Receiver receiver) {
        suppressedInDrain = 0;
        Answered.hear(
                receiver.drain(),
                done -> {
                    if (there == receiver && draining) {
                        onDrainedThere(receiver);
                    }
                },
                cause -> {
                    if (there == receiver && draining) {
                        failDrains(cause);
                    }
                });
    }

    private void onDrainedThere(Receiver receiver) {
        if (suppressedInDrain > 0) {
            // What was asked for has not come: it went for what nobody was to be shown.
            receiver.grant(suppressedInDrain);
            drainingAgain = true;
            drainThere(receiver);
        } else {
            onDrained();
        }
    }

    private void onDrained() {
        draining = false;
        credit = creditAfterDrain;
        creditAfterDrain = 0;
        if (drainingAgain) {
            // The second drain took with it what was granted during the first.
            drainingAgain = false;
            grantThere(credit);
        }
        endDrains();
    }

    private void endDrains() {
        List<CompletableFuture<Void>> all = List.copyOf(drains);
        drains.clear();
        all.forEach(Answered::done);
    }

    private void failDrains(ProviderException cause) {
        draining = false;
        List<CompletableFuture<Void>> all = List.copyOf(drains);
        drains.clear();
        all.forEach(each -> each.completeExceptionally(cause));
    }

    @Override
    public CompletableFuture<Void> close() {
        CompletableFuture<Void> answer = new PendingAnswer<>(session.provider()::status);
        boolean runs = session.provider().execute(() -> {
            Receiver receiver = there;
            session.remove(this);
            if (ended == null) {
                ended = new ProviderException(Reason.CLOSED, "the consumer is closed");
            }
            if (receiver == null) {
                listener.onDetached();
                Answered.done(answer);
            } else {
                // What was delivered can still be settled, so it stays what is there.
                Answered.hear(receiver.close(), () -> Answered.done(answer));
            }
        });
        if (!runs) {
            Answered.done(answer);
        }
        return answer;
    }

    // On the loop.

    CompletableFuture<Receiver> open(ProviderSession by) {
        return by.openReceiver(
                request.withSource(session.provider().temporary().atBroker(request.source())), new Incoming(by));
    }

    void attach(Receiver opened) {
        if (ended != null) {
            // While it was on its way.
            Answered.ignore(opened.close());
            return;
        }
        there = opened;
    }

    /** All is there: what may come may come. */
    void resume() {
        grantThere(credit);
    }

    void detach() {
        there = null;
    }

    /** The connection is gone. What the application has been shown it may acknowledge; what it has not comes again. */
    void onInterrupted() {
        if (ended != null) {
            return;
        }
        if (request.browsing()) {
            // A look that began anew would show again what was shown.
            endByBroker(new ProviderException(Reason.CONNECTION_LOST, "the connection was lost during the look"));
            return;
        }
        if (draining) {
            draining = false;
            drainingAgain = false;
            // Who has given up waiting for the drain counts on the credit that he gave before.
            boolean isAwaited = drains.stream().anyMatch(each -> !each.isDone());
            credit = isAwaited ? creditAfterDrain : credit + creditAfterDrain;
            creditAfterDrain = 0;
        }
        endDrains();
        listener.onInterrupted();
    }

    /** Nothing comes any more, and the application hears why. */
    void endByBroker(ProviderException cause) {
        if (ended == null) {
            end(cause);
            session.remove(this);
            listener.onClosed(cause);
        }
    }

    void end(ProviderException cause) {
        if (ended == null) {
            ended = cause;
            failDrains(cause);
        }
    }

    /** What comes on one connection. */
    private final class Incoming implements ReceiverListener {
        private final ProviderSession by;

        private Incoming(ProviderSession by) {
            this.by = by;
        }

        /** The connection is gone. From any thread. */
        boolean isStale() {
            return session.there() != by;
        }

        @Override
        public void onDelivery(Delivery delivery) {
            if (isStale()) {
                return;
            }
            if (ended != null) {
                delivery.settle(Settlement.RELEASED);
                return;
            }
            UUID identity = delivery.identity();
            if (identity != null && session.provider().acknowledged().contains(identity)) {
                suppress(delivery, identity);
            } else {
                credit = Math.max(0, credit - 1);
                listener.onDelivery(new Came(this, delivery, identity));
            }
        }

        private void suppress(Delivery delivery, UUID identity) {
            accept(delivery, identity, session.work());
            if (draining) {
                suppressedInDrain++;
            } else {
                grantThere(1);
            }
        }

        @Override
        public void onClosed(ProviderException cause) {
            if (!isStale()) {
                endByBroker(cause);
            }
        }

        @Override
        public void onDetached() {
            listener.onDetached();
        }
    }

    /** Accepts a message that the application has acknowledged. In a transaction that may yet come to nothing. */
    private void accept(Delivery delivery, UUID identity, @Nullable TransactionWork work) {
        if (work != null) {
            settleWithin(work, delivery);
        } else {
            delivery.settle(
                    Settlement.ACCEPTED, () -> session.provider().acknowledged().onConfirmed(identity));
        }
    }

    private static void settleWithin(TransactionWork work, Delivery delivery) {
        if (work.isOver()) {
            delivery.settle(Settlement.RELEASED);
        } else {
            work.onWork();
            delivery.settle(Settlement.ACCEPTED);
        }
    }

    /** A message in the application's hands, or about to come there. */
    private final class Came implements Delivery {
        private final Incoming by;
        private final Delivery delivery;
        private final @Nullable UUID identity;

        private Came(Incoming by, Delivery delivery, @Nullable UUID identity) {
            this.by = by;
            this.delivery = delivery;
            this.identity = identity;
        }

        @Override
        public dev.godwit.jms.provider.MessageEnvelope read() {
            var envelope = delivery.read();
            TemporaryAddresses temporary = session.provider().temporary();
            if (temporary.areRenamed()) {
                envelope.setDestination(temporary.atApplication(envelope.destination()));
                envelope.setReplyTo(temporary.atApplication(envelope.replyTo()));
            }
            return envelope;
        }

        @Override
        public int priority() {
            return delivery.priority();
        }

        @Override
        public @Nullable UUID identity() {
            return identity;
        }

        @Override
        public boolean isForgotten() {
            return delivery.isForgotten();
        }

        @Override
        public boolean isWanted() {
            if (by.isStale()) {
                return false;
            }
            UUID known = identity;
            if (known == null || !session.provider().acknowledged().contains(known)) {
                return true;
            }
            TransactionWork work = session.work();
            session.provider().execute(() -> {
                if (!by.isStale()) {
                    accept(delivery, known, work);
                }
            });
            return false;
        }

        @Override
        public void settle(Settlement settlement) {
            UUID known = identity;
            TransactionWork work = session.work();
            if (settlement == Settlement.ACCEPTED && known != null && work == null) {
                // At once: the same message may be the next that the consumer looks at.
                session.provider().acknowledged().add(known);
            }
            session.provider().execute(() -> settleThere(settlement, work));
        }

        private void settleThere(Settlement settlement, @Nullable TransactionWork work) {
            UUID known = identity;
            boolean accepted = settlement == Settlement.ACCEPTED;
            if (by.isStale()) {
                if (accepted && work != null) {
                    work.onLost();
                }
            } else if (accepted && work != null) {
                settleWithin(work, delivery);
            } else if (accepted && known != null) {
                accept(delivery, known, null);
            } else {
                delivery.settle(settlement);
            }
        }
    }
}
