package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.IncomingStream;
import dev.godwit.amqp.container.IncomingStreamListener;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Listens to everything on one connection and keeps what it heard, in order. */
final class RecordingPeer implements ConnectionListener, SessionListener, SendingLinkListener, ReceivingLinkListener {
    final List<String> heard = new CopyOnWriteArrayList<>();
    final List<Session> sessions = new CopyOnWriteArrayList<>();
    final List<SendingLink> senders = new CopyOnWriteArrayList<>();
    final List<ReceivingLink> receivers = new CopyOnWriteArrayList<>();
    final List<IncomingDelivery> deliveries = Collections.synchronizedList(new ArrayList<>());
    final List<OutgoingDelivery> dispositions = Collections.synchronizedList(new ArrayList<>());
    final String name;
    volatile @Nullable Connection connection;
    volatile @Nullable ErrorCondition error;
    volatile @Nullable DisconnectCause cause;
    volatile int creditForSenders = 1_000;
    volatile boolean keepsDeliveries = true;
    volatile boolean keepsUnsettled;
    final List<OutgoingDelivery> lateDispositions = new CopyOnWriteArrayList<>();
    volatile Consumer<SendingLink> onSenderAttach = this::accept;
    volatile Consumer<ReceivingLink> onReceiverAttach = this::accept;
    volatile Consumer<IncomingDelivery> onMessage = delivery -> {};
    volatile Function<IncomingStream, @Nullable IncomingStreamListener> onLong = stream -> null;
    volatile Consumer<OutgoingDelivery> onState = delivery -> {};
    volatile Consumer<SendingLink> onRoom = link -> {};
    volatile Consumer<Connection> onOpened = opened -> {};

    RecordingPeer(String name, boolean answersOpen) {
        this.name = name;
        if (answersOpen) {
            onOpened = opened -> opened.open(OpenParameters.of(name, null));
        }
    }

    @Override
    public void onDetachAnswered(SendingLink link, @Nullable ErrorCondition error) {
        heard.add("onDetachAnswered " + link.name());
    }

    @Override
    public void onDetachAnswered(ReceivingLink link, @Nullable ErrorCondition error) {
        heard.add("onDetachAnswered " + link.name());
    }

    @Override
    public void onDropped(DeliveryState state) {
        heard.add("onDropped " + state);
    }

    boolean has(String event) {
        return heard.contains(event);
    }

    long count(String event) {
        return heard.stream().filter(event::equals).count();
    }

    void accept(SendingLink link) {
        var theirs = Objects.requireNonNull(link.remoteAttach());
        link.accept(AttachParameters.of(link.name(), theirs.source(), theirs.target()), this);
    }

    void accept(ReceivingLink link) {
        var theirs = Objects.requireNonNull(link.remoteAttach());
        link.accept(AttachParameters.of(link.name(), theirs.source(), theirs.target()), this);
        link.addCredit(creditForSenders);
    }

    @Override
    public void onOpen(Connection opened) {
        connection = opened;
        heard.add("onOpen");
        onOpened.accept(opened);
    }

    @Override
    public SessionListener onSession(Session session) {
        sessions.add(session);
        heard.add("onSession");
        return this;
    }

    @Override
    public void onClose(Connection closed, @Nullable ErrorCondition theirError) {
        error = theirError;
        heard.add("onClose");
    }

    @Override
    public void onDisconnected(Connection gone, @Nullable DisconnectCause theCause) {
        cause = theCause;
        heard.add("onDisconnected");
    }

    @Override
    public void onBegin(Session session) {
        heard.add("onBegin");
    }

    @Override
    public void onAttach(SendingLink link) {
        senders.add(link);
        heard.add("onAttach sender " + link.name());
        onSenderAttach.accept(link);
    }

    @Override
    public void onAttach(ReceivingLink link) {
        receivers.add(link);
        heard.add("onAttach receiver " + link.name());
        onReceiverAttach.accept(link);
    }

    @Override
    public void onEnd(Session session, @Nullable ErrorCondition theirError) {
        error = theirError;
        heard.add("onEnd");
    }

    @Override
    public void onAttached(SendingLink link) {
        heard.add("onAttached " + link.name());
    }

    @Override
    public void onSendable(SendingLink link) {
        onRoom.accept(link);
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        if (keepsDeliveries) {
            dispositions.add(delivery);
        }
        onState.accept(delivery);
    }

    @Override
    public boolean keepsUnsettled() {
        return keepsUnsettled;
    }

    @Override
    public void onLateDisposition(OutgoingDelivery delivery) {
        lateDispositions.add(delivery);
    }

    @Override
    public void onDetached(SendingLink link, boolean closed, @Nullable ErrorCondition theirError) {
        error = theirError;
        heard.add((closed ? "onClosed " : "onDetached ") + link.name());
    }

    @Override
    public void onAttached(ReceivingLink link) {
        heard.add("onAttached " + link.name());
    }

    @Override
    public void onDelivery(IncomingDelivery delivery) {
        if (keepsDeliveries) {
            deliveries.add(delivery);
        }
        onMessage.accept(delivery);
    }

    @Override
    public @Nullable IncomingStreamListener onStream(IncomingStream stream) {
        return onLong.apply(stream);
    }

    @Override
    public void onSettled(IncomingDelivery delivery) {
        heard.add("onSettled");
    }

    @Override
    public void onDrained(ReceivingLink link) {
        heard.add("onDrained " + link.name());
    }

    @Override
    public void onDetached(ReceivingLink link, boolean closed, @Nullable ErrorCondition theirError) {
        error = theirError;
        heard.add((closed ? "onClosed " : "onDetached ") + link.name());
    }
}
