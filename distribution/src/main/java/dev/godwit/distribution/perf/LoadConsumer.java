package dev.godwit.distribution.perf;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import dev.godwit.distribution.client.ClientConnection;
import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.SettlingListener;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Takes messages, checks their stamps, accepts them and keeps the credit up. Owned by its connection's event loop. */
final class LoadConsumer implements LoadLink, SettlingListener {
    private final LoadPlan plan;
    private final int index;
    private final long runId;
    private final LoadMeter meter;
    private final LoadLink.Listener listener;
    private final ReceivedSequences sequences;
    private final MessageSections sections = new MessageSections();
    private final int creditStep;

    private @Nullable ReceivingLink link;
    private int creditUsed;
    private final @Nullable LoadHeadway headway;

    LoadConsumer(
            LoadPlan plan,
            int index,
            long runId,
            LoadMeter meter,
            LoadLink.Listener listener,
            @Nullable LoadHeadway headway) {
        this.plan = plan;
        this.index = index;
        this.runId = runId;
        this.meter = meter;
        this.listener = listener;
        this.headway = headway;
        this.sequences = new ReceivedSequences(plan.producers());
        this.creditStep = Math.max(1, plan.credit() / 2);
    }

    @Override
    public void attach(Session session) {
        String name = "perf-consumer-" + index;
        var source = Source.at(plan.addressOf(index))
                .withCapabilities(List.of(plan.topic() ? Capability.TOPIC : Capability.QUEUE));
        var mode = plan.presettled() ? SenderSettleMode.SETTLED : SenderSettleMode.UNSETTLED;
        link = session.attachReceiver(
                AttachParameters.of(name, source, Target.at(name)).withSettleModes(mode, ReceiverSettleMode.FIRST),
                this);
    }

    /** Lets messages come. */
    void start() {
        Objects.requireNonNull(link).addCredit(plan.credit());
    }

    Session session() {
        return Objects.requireNonNull(link).session();
    }

    ReceivedSequences sequences() {
        return sequences;
    }

    @Override
    public void onAttached(ReceivingLink attached) {
        listener.onReady();
    }

    @Override
    public void onDelivery(IncomingDelivery delivery) {
        count(delivery.message());
        delivery.settle(Outcome.Accepted.INSTANCE);
        if (++creditUsed == creditStep) {
            creditUsed = 0;
            delivery.link().addCredit(creditStep);
        }
    }

    private void count(ByteBuffer message) {
        ByteBuffer data;
        try {
            sections.scan(message);
            data = sections.firstData();
        } catch (AmqpDecodeException malformed) {
            listener.onFailed(new ClientFailedException(
                    ClientFailedException.Kind.REFUSED,
                    "the broker sent what is not a message: " + malformed.getMessage()));
            return;
        }
        if (data == null || !PayloadTemplate.isOfRun(data, runId)) {
            sequences.onForeign();
            if (plan.producers() == 0) {
                meter.onReceived();
            }
            return;
        }
        int producer = PayloadTemplate.producer(data);
        if (producer < 0 || producer >= plan.producers()) {
            sequences.onForeign();
            return;
        }
        meter.onReceived(System.nanoTime() - PayloadTemplate.timeNanos(data));
        if (headway != null) {
            headway.onReceived(index);
        }
        sequences.onReceived(producer, PayloadTemplate.sequence(data), sections.deliveryCount() > 0);
    }

    @Override
    public void onDetached(ReceivingLink detached, boolean closed, @Nullable ErrorCondition error) {
        listener.onFailed(new ClientFailedException(
                ClientFailedException.Kind.REFUSED,
                "the broker detached the consumer from " + plan.addressOf(index) + ": "
                        + ClientConnection.text(error)));
    }
}
