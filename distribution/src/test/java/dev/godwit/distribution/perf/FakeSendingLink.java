package dev.godwit.distribution.perf;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.OutgoingStream;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A link whose other end is the test: it grants credit and settles by hand. */
final class FakeSendingLink implements SendingLink {
    final AttachParameters attach;
    final SendingLinkListener listener;
    private final FakeSession session;
    final ArrayDeque<FakeDelivery> unsettled = new ArrayDeque<>();
    int credit;
    int sent;
    int settledAtOnce;

    FakeSendingLink(FakeSession session, AttachParameters attach, SendingLinkListener listener) {
        this.session = session;
        this.attach = attach;
        this.listener = listener;
    }

    /** What a producer of load has no use for fails its test. */
    private static AssertionError unasked(String doing) {
        return new AssertionError("a producer of load does not " + doing);
    }

    /** A session on which links of this kind are attached. */
    static final class FakeSession implements Session {
        final List<FakeSendingLink> links = new ArrayList<>();

        @Override
        public Connection connection() {
            throw unasked("leave the rest to the next turn of its loop, as long as it sends this little");
        }

        @Override
        public SendingLink attachSender(AttachParameters parameters, SendingLinkListener listener) {
            var link = new FakeSendingLink(this, parameters, listener);
            links.add(link);
            return link;
        }

        @Override
        public ReceivingLink attachReceiver(AttachParameters parameters, ReceivingLinkListener listener) {
            throw unasked("receive");
        }

        @Override
        public void end(@Nullable ErrorCondition error) {
            throw unasked("end its session");
        }

        @Override
        public boolean isDiscarding() {
            return false;
        }
    }

    @Override
    public boolean isAwaitingAnswer() {
        return false;
    }

    void grant(int messages) {
        credit += messages;
        listener.onSendable(this);
    }

    /** The broker says how the oldest message went. */
    void settleOldest(DeliveryState state) {
        FakeDelivery delivery = unsettled.remove();
        delivery.state = state;
        listener.onDisposition(delivery);
    }

    void acceptOldest(int messages) {
        for (int i = 0; i < messages; i++) {
            settleOldest(Outcome.Accepted.INSTANCE);
        }
    }

    @Override
    public OutgoingStream stream(boolean settled, @Nullable DeliveryState state) {
        throw unasked("send messages in parts");
    }

    @Override
    public OutgoingDelivery send(ByteBuffer head, ByteBuffer rest, boolean settled, @Nullable DeliveryState state) {
        if (credit-- <= 0) {
            throw new IllegalStateException("sent without credit");
        }
        sent++;
        var delivery = new FakeDelivery(this, state);
        if (settled) {
            settledAtOnce++;
        } else {
            unsettled.add(delivery);
        }
        return delivery;
    }

    @Override
    public void tagNext(Binary tag) {
        throw unasked("choose tags");
    }

    @Override
    public void resume(Binary tag, ByteBuffer head, ByteBuffer rest, Object resumed) {
        throw unasked("resume deliveries");
    }

    /** A message on this link. */
    static final class FakeDelivery implements OutgoingDelivery {
        final @Nullable DeliveryState sentState;
        private final FakeSendingLink link;
        private @Nullable DeliveryState state;
        private @Nullable Object attachment;

        FakeDelivery(FakeSendingLink link, @Nullable DeliveryState sentState) {
            this.link = link;
            this.sentState = sentState;
        }

        @Override
        public SendingLink link() {
            return link;
        }

        @Override
        public Binary tag() {
            throw unasked("know its deliveries by their tags");
        }

        @Override
        public @Nullable DeliveryState remoteState() {
            return state;
        }

        @Override
        public boolean isRemotelySettled() {
            return state != null;
        }

        @Override
        public void settle(@Nullable DeliveryState ours) {
            // Nobody looks.
        }

        @Override
        public @Nullable Object attachment() {
            return attachment;
        }

        @Override
        public void attach(@Nullable Object newAttachment) {
            attachment = newAttachment;
        }
    }

    @Override
    public int credit() {
        return credit;
    }

    @Override
    public boolean isAttached() {
        return true;
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public boolean isDraining() {
        return false;
    }

    @Override
    public void drained() {
        throw unasked("give back credit that nobody asked back");
    }

    @Override
    public void accept(AttachParameters answer, SendingLinkListener newListener) {
        throw unasked("answer attaches");
    }

    @Override
    public Session session() {
        return session;
    }

    @Override
    public String name() {
        return attach.name();
    }

    @Override
    public @Nullable AttachParameters remoteAttach() {
        return null;
    }

    @Override
    public void refuse(ErrorCondition error) {
        throw unasked("answer attaches");
    }

    @Override
    public void detach(@Nullable ErrorCondition error) {
        throw unasked("end its link: its connection ends");
    }

    @Override
    public void close(@Nullable ErrorCondition error) {
        throw unasked("end its link: its connection ends");
    }

    @Override
    public void forget() {
        throw unasked("keep what is unsettled when its peer detaches");
    }
}
