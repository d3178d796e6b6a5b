package dev.godwit.distribution.perf;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.TransactionId;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The coordinator link of one producer (AMQP 1.0 §4.1). Owned by the connection's event loop. */
final class LoadTransactions implements SendingLinkListener {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Hears the coordinator's answers. */
    interface Listener {
        void onDeclared(TransactionId transaction);

        /** The transaction is over; rolled back unless {@code committed}. */
        void onDischarged(TransactionId transaction, boolean committed);

        void onCoordinatorLost(@Nullable ErrorCondition error);
    }

    private record Request(ByteBuffer message, @Nullable TransactionId discharged) {}

    private final Listener listener;
    private final SendingLink link;
    private final ArrayDeque<Request> waitingForCredit = new ArrayDeque<>();

    LoadTransactions(Session session, String name, Listener listener) {
        this.listener = listener;
        link = session.attachSender(
                AttachParameters.of(name, Source.at(name), new Coordinator(List.of(Capability.LOCAL_TRANSACTIONS))),
                this);
    }

    void declare() {
        request(new Request(TransactionRequests.declare(), null));
    }

    void commit(TransactionId transaction) {
        request(new Request(TransactionRequests.discharge(transaction, false), transaction));
    }

    private void request(Request request) {
        waitingForCredit.add(request);
        flush();
    }

    private void flush() {
        while (!waitingForCredit.isEmpty() && link.isAttached() && link.credit() > 0) {
            Request request = waitingForCredit.remove();
            link.send(NOTHING, request.message(), false, null).attach(request);
        }
    }

    @Override
    public void onAttached(SendingLink attached) {
        flush();
    }

    @Override
    public void onSendable(SendingLink sendable) {
        flush();
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        DeliveryState state = delivery.remoteState();
        if (state == null && !delivery.isRemotelySettled()) {
            return;
        }
        delivery.settle(null);
        var request = (Request) delivery.attachment();
        if (request == null) {
            return;
        }
        if (request.discharged() != null) {
            listener.onDischarged(request.discharged(), state instanceof Outcome.Accepted);
        } else if (state instanceof Declared declared) {
            listener.onDeclared(declared.transactionId());
        } else {
            listener.onCoordinatorLost(state instanceof Outcome.Rejected rejected ? rejected.error() : null);
        }
    }

    @Override
    public void onDetached(SendingLink detached, boolean closed, @Nullable ErrorCondition error) {
        listener.onCoordinatorLost(error);
    }
}
