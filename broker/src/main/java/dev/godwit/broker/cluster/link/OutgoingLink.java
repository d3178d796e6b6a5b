package dev.godwit.broker.cluster.link;

import dev.godwit.broker.cluster.link.Greeting.Welcome;
import dev.godwit.broker.runtime.EventLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way to one other node, over one connection after the other. Owned by the loop of the links, until it is closed. */
final class OutgoingLink implements NodeLink {
    /** Makes TCP connections, with TLS if nodes speak it; on the loop of the links. */
    interface Connector {
        Future<NetSocket> connect(NodeAddress address);
    }

    private static final Logger log = LoggerFactory.getLogger(OutgoingLink.class);

    private final OwnEnd own;
    private final String nodeId;
    private final NodeAddress address;
    private final Connector connector;
    private final LinkCounters counters;
    private final SendQueue queue;
    private final Backoff backoff;
    private LinkState state = LinkState.WAITING;
    private @Nullable OutgoingConnection connection;
    private EventLoop.@Nullable Timer retry;
    private String lastFailure = "";
    private int messageBytesMax;
    private boolean pumping;
    private boolean writable = true;

    /** Set when it has not waited, and nothing has come of it since. */
    private boolean hurried;

    OutgoingLink(OwnEnd own, String nodeId, NodeAddress address, Connector connector, LinkCounters counters) {
        this.own = own;
        this.nodeId = nodeId;
        this.address = address;
        this.connector = connector;
        this.counters = counters;
        queue = new SendQueue(own.settings().frameBytesMax(), own.settings().queueBytesMax());
        backoff = new Backoff(own.settings().reconnectMillisMax(), ThreadLocalRandom.current());
    }

    String name() {
        return nodeId + " at " + address;
    }

    NodeAddress address() {
        return address;
    }

    private void become(LinkState next) {
        state = next;
    }

    void connect() {
        retry = null;
        if (state == LinkState.CLOSED) {
            return;
        }
        become(LinkState.CONNECTING);
        connector.connect(address).onComplete(connected -> {
            if (connected.failed()) {
                counters.onFailure();
                onFailed(LinkSocket.reasonOf(connected.cause()));
            } else if (state == LinkState.CLOSED) {
                connected.result().close();
            } else {
                become(LinkState.GREETING);
                var made = new OutgoingConnection(own, this, counters, (NetSocketInternal) connected.result());
                connection = made;
                made.greet();
            }
        });
    }

    /** Does not wait any longer, if it waits to connect anew; once, until a connection has held. */
    void connectNow() {
        var waiting = retry;
        if (waiting != null && !hurried) {
            hurried = true;
            waiting.cancel();
            connect();
        }
    }

    private void onFailed(String reason) {
        if (state != LinkState.CLOSED) {
            if (!reason.equals(lastFailure)) {
                log.warn("no link to {}, and tried again: {}", name(), reason);
                lastFailure = reason;
            }
            become(LinkState.WAITING);
            retry = own.loop().schedule(backoff.nextMillis(), this::connect);
        }
    }

    void onOpen(Welcome welcome) {
        become(LinkState.OPEN);
        counters.onConnected();
        queue.limit(welcome.frameBytesMax(), welcome.partialBytesMax());
        messageBytesMax = welcome.messageBytesMax();
        log.info(
                "the link to {} is open: version {}, journal {}",
                name(),
                welcome.version(),
                welcome.node().journalId());
        own.listener().onLinkOpen(this, welcome.node());
    }

    /** A heartbeat was answered. */
    void onAnswered() {
        backoff.reset();
        hurried = false;
    }

    void onConnectionGone(OutgoingConnection which, String reason) {
        if (which != connection) {
            return;
        }
        connection = null;
        boolean wasOpen = isOpen();
        dropQueue();
        if (wasOpen) {
            log.info("the link to {} is lost: {}", name(), reason);
            lastFailure = reason;
        } else {
            counters.onFailure();
        }
        onFailed(reason);
        if (wasOpen) {
            own.listener().onLinkLost(this, reason);
        }
    }

    /** Says anew who we are, over another connection. */
    void greetAnew() {
        OutgoingConnection last = connection;
        if (last != null) {
            last.end("this node greets anew");
        }
    }

    private void dropQueue() {
        counters.onDropped(queue.clear());
        messageBytesMax = 0;
        writable = true;
    }

    @Override
    public String nodeId() {
        return nodeId;
    }

    @Override
    public boolean isOpen() {
        return state == LinkState.OPEN;
    }

    @Override
    public boolean isWritable() {
        return isOpen() && writable;
    }

    @Override
    public int messageBytesMax() {
        return messageBytesMax;
    }

    @Override
    public boolean send(LinkChannel channel, List<ByteBuffer> payload) {
        own.loop().assertCurrent();
        return isOpen() && taken(payload, messageBytesMax, bytes -> queue.add(channel, bytes));
    }

    @Override
    public boolean sendUrgent(LinkChannel channel, List<ByteBuffer> payload) {
        own.loop().assertCurrent();
        return isOpen() && taken(payload, queue.frameBytesMax(), bytes -> queue.addUrgent(channel, bytes));
    }

    private interface Adding {
        boolean add(ByteBuf bytes);
    }

    private boolean taken(List<ByteBuffer> payload, int bytesMax, Adding adding) {
        ByteBuf bytes = Unpooled.wrappedBuffer(payload.toArray(ByteBuffer[]::new));
        if (bytes.readableBytes() > bytesMax) {
            int size = bytes.readableBytes();
            bytes.release();
            throw new IllegalArgumentException("a message of " + size + " bytes, where " + bytesMax + " are the most");
        }
        boolean taken = adding.add(bytes);
        if (taken) {
            pumpSoon();
        } else {
            bytes.release();
        }
        // Said at half, and taken back at a quarter: not with each message.
        writable &= taken && queue.bytes() < own.settings().queueBytesMax() / 2;
        return taken;
    }

    /** Some of what waited has gone: with much room again, the listener hears of it. */
    private void noteRoom() {
        if (!writable && queue.bytes() <= own.settings().queueBytesMax() / 4) {
            writable = true;
            own.listener().onLinkWritable(this);
        }
    }

    private void pumpSoon() {
        if (!pumping) {
            pumping = true;
            own.loop().execute(() -> {
                pumping = false;
                pump();
            });
        }
    }

    /** What waits goes to the socket, as far as it takes it. */
    void pump() {
        OutgoingConnection open = connection;
        if (open != null && isOpen()) {
            if (!open.pump(queue)) {
                pumpSoon();
            }
            noteRoom();
        }
    }

    @Override
    public LinkStatistics statistics() {
        return counters.statistics(nodeId, isOpen(), queue.bytes());
    }

    /** Ends it for good; nobody is told. */
    void close(String reason) {
        become(LinkState.CLOSED);
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
        dropQueue();
        OutgoingConnection last = connection;
        connection = null;
        if (last != null) {
            last.end(reason);
        }
    }
}
