package dev.godwit.distribution.perf;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.distribution.client.ClientConnection;
import dev.godwit.distribution.client.ClientFailedException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages as fast as window, credit and schedule allow, and times their confirmation. Owned by its connection's
 * event loop, save {@link #isFinished} and {@link #tellDue}.
 */
final class LoadProducer implements LoadLink, SendingLinkListener, LoadTransactions.Listener {
    private static final int SENDS_PER_TURN_MAX = 256;

    /** A message under way. Taken from a stack again and again, unless it is part of a transaction. */
    private static final class Sent {
        final ByteBuffer head;
        long sequence;
        long sinceNanos;

        Sent(ByteBuffer head) {
            this.head = head;
        }
    }

    private final LoadPlan plan;
    private final int index;
    private final LoadMeter meter;
    private final LoadLink.Listener listener;
    private final PayloadTemplate payload;
    private final SentSequences sequences = new SentSequences();
    private final ArrayDeque<Sent> idle = new ArrayDeque<>();
    private final long countMax;

    private @Nullable SendingLink link;
    private @Nullable LoadSchedule schedule;
    private boolean started;
    private boolean running;
    private boolean resuming;
    private int inFlight;
    private volatile boolean finished;
    private final AtomicBoolean told = new AtomicBoolean();
    private final @Nullable LoadHeadway headway;

    private @Nullable LoadTransactions transactions;
    private @Nullable TransactionalState transaction;
    private List<Sent> inTransaction = new ArrayList<>();
    private final ArrayDeque<List<Sent>> discharging = new ArrayDeque<>();
    private boolean ready;

    LoadProducer(
            LoadPlan plan,
            int index,
            long runId,
            LoadMeter meter,
            LoadLink.Listener listener,
            @Nullable LoadHeadway headway) {
        this.plan = plan;
        this.index = index;
        this.meter = meter;
        this.listener = listener;
        this.headway = headway;
        this.payload = new PayloadTemplate(
                plan.sizeBytes(), plan.durable(), plan.deliveryDelay().toMillis(), runId, index);
        this.countMax = plan.countOf(index);
    }

    @Override
    public void attach(Session session) {
        String name = "perf-producer-" + index;
        var target = Target.at(plan.addressOf(index))
                .withCapabilities(List.of(plan.topic() ? Capability.TOPIC : Capability.QUEUE));
        var mode = plan.presettled() ? SenderSettleMode.SETTLED : SenderSettleMode.UNSETTLED;
        link = session.attachSender(
                AttachParameters.of(name, Source.at(name), target).withSettleModes(mode, ReceiverSettleMode.FIRST),
                this);
        if (plan.transactionSize() > 0) {
            transactions = new LoadTransactions(session, name + "-coordinator", this);
        }
    }

    /** Begins to send; {@code begin} is message by message, or null for as fast as it goes. */
    void start(@Nullable LoadSchedule begin) {
        schedule = begin;
        started = true;
        running = true;
        pump();
    }

    /** Sends nothing more; what is under way will still be confirmed. */
    void stop() {
        running = false;
        pump();
    }

    /** A message may be due, or be allowed now. Any thread may say so; what is yet to be looked at is not said again. */
    void tellDue() {
        if (told.compareAndSet(false, true)) {
            session().connection().loop().execute(() -> {
                told.set(false);
                pump();
            });
        }
    }

    /** Nothing is under way, and nothing more will be sent. Any thread may ask. */
    boolean isFinished() {
        return finished;
    }

    SentSequences sequences() {
        return sequences;
    }

    Session session() {
        return Objects.requireNonNull(link).session();
    }

    private void pump() {
        int sendsLeft = SENDS_PER_TURN_MAX;
        while (maySend()) {
            long now = System.nanoTime();
            long due = schedule == null ? now : schedule.dueNanos(sequences.sent());
            if (due > now) {
                break;
            }
            if (sendsLeft-- == 0) {
                resumeNextTurn();
                return;
            }
            if (headway != null && !headway.take()) {
                break;
            }
            send(due);
        }
        boolean exhausted = started && (!running || sequences.sent() == countMax);
        if (exhausted && !inTransaction.isEmpty()) {
            commit();
        }
        finished = exhausted && inFlight == 0 && inTransaction.isEmpty() && discharging.isEmpty();
    }

    private boolean maySend() {
        SendingLink sender = Objects.requireNonNull(link);
        return running
                && sequences.sent() < countMax
                && inFlight < plan.inFlight()
                && (transactions == null || transaction != null)
                && sender.credit() > 0
                && sender.isWritable();
    }

    private void resumeNextTurn() {
        if (!resuming) {
            resuming = true;
            session().connection().loop().execute(() -> {
                resuming = false;
                pump();
            });
        }
    }

    private void send(long sinceNanos) {
        Sent sent = idle.poll();
        if (sent == null) {
            sent = new Sent(payload.newHead());
        }
        sent.sequence = sequences.next();
        sent.sinceNanos = sinceNanos;
        payload.stamp(sent.head, sent.sequence, sinceNanos);
        OutgoingDelivery delivery =
                Objects.requireNonNull(link).send(sent.head, payload.rest(), plan.presettled(), transaction);
        meter.onSent();
        if (plan.presettled()) {
            sequences.onConfirmed(sent.sequence);
            meter.onConfirmed(System.nanoTime() - sinceNanos);
            return;
        }
        delivery.attach(sent);
        inFlight++;
        if (transaction != null) {
            inTransaction.add(sent);
            if (inTransaction.size() == plan.transactionSize()) {
                commit();
            }
        }
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        DeliveryState state = delivery.remoteState();
        DeliveryState outcome = state instanceof TransactionalState part ? part.outcome() : state;
        if (!(outcome instanceof Outcome) && !delivery.isRemotelySettled()) {
            return;
        }
        delivery.settle(null);
        inFlight--;
        var sent = (Sent) Objects.requireNonNull(delivery.attachment());
        if (transactions == null) {
            onOutcome(sent, outcome instanceof Outcome.Accepted, System.nanoTime());
            idle.push(sent);
        } else if (!(outcome instanceof Outcome.Accepted)) {
            listener.onFailed(new ClientFailedException(
                    ClientFailedException.Kind.REFUSED, "a message was refused inside a transaction: " + outcome));
        }
        pump();
    }

    private void onOutcome(Sent sent, boolean accepted, long nowNanos) {
        if (accepted) {
            sequences.onConfirmed(sent.sequence);
            meter.onConfirmed(nowNanos - sent.sinceNanos);
        } else {
            sequences.onRefused(sent.sequence);
            meter.onRefused();
        }
    }

    private void commit() {
        LoadTransactions coordinator = Objects.requireNonNull(transactions);
        coordinator.commit(Objects.requireNonNull(transaction).transactionId());
        discharging.add(inTransaction);
        inTransaction = new ArrayList<>();
        transaction = null;
        coordinator.declare();
    }

    @Override
    public void onDeclared(TransactionId declared) {
        transaction = new TransactionalState(declared, null);
        becomeReady();
        pump();
    }

    @Override
    public void onDischarged(TransactionId discharged, boolean committed) {
        long now = System.nanoTime();
        for (Sent sent : discharging.remove()) {
            onOutcome(sent, committed, now);
        }
        pump();
    }

    @Override
    public void onCoordinatorLost(@Nullable ErrorCondition error) {
        listener.onFailed(new ClientFailedException(
                ClientFailedException.Kind.REFUSED, "no transactions: " + ClientConnection.text(error)));
    }

    @Override
    public void onAttached(SendingLink attached) {
        if (transactions == null) {
            becomeReady();
        } else {
            transactions.declare();
        }
    }

    private void becomeReady() {
        if (!ready) {
            ready = true;
            listener.onReady();
        }
    }

    @Override
    public void onSendable(SendingLink sendable) {
        pump();
    }

    @Override
    public void onDetached(SendingLink detached, boolean closed, @Nullable ErrorCondition error) {
        listener.onFailed(new ClientFailedException(
                ClientFailedException.Kind.REFUSED,
                "the broker detached the producer from " + plan.addressOf(index) + ": "
                        + ClientConnection.text(error)));
    }
}
