package dev.godwit.broker.cluster.link;

import dev.godwit.broker.cluster.link.Greeting.Hello;
import dev.godwit.broker.cluster.link.Greeting.Refused;
import dev.godwit.broker.cluster.link.Greeting.Welcome;
import dev.godwit.broker.runtime.EventLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vertx.core.internal.net.NetSocketInternal;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection that another node made, to send to us: it greets, we let it in or not, and then its messages come, and its
 * heartbeats, which we answer. Owned by the loop of the links, from accept to its end.
 */
final class IncomingConnection implements LinkSocket.Handler, FrameListener {
    private final OwnEnd own;
    private final IncomingConnections all;
    private final LinkSocket socket;
    private final PartialMessages partial;
    private final Heartbeat heartbeat;
    private final EventLoop.Timer handshakeTimer;
    private LinkCounters counters = new LinkCounters();
    private @Nullable NodeIdentity peer;
    private @Nullable FrameReader frames;

    IncomingConnection(OwnEnd own, IncomingConnections all, NetSocketInternal netSocket) {
        this.own = own;
        this.all = all;
        socket = new LinkSocket(netSocket, own.loop(), counters, this);
        partial = new PartialMessages(
                ByteBufAllocator.DEFAULT,
                own.settings().messageBytesMax(),
                own.settings().partialBytesMax());
        heartbeat = new Heartbeat(own.loop(), own.settings(), () -> {}, this::abort);
        handshakeTimer = own.loop()
                .schedule(
                        own.settings().handshakeMillis(),
                        () -> abort("no greeting within " + own.settings().handshakeMillis() + " ms"));
    }

    /** Who speaks; null before it was let in. */
    @Nullable
    NodeIdentity peer() {
        return peer;
    }

    @Override
    public void onBytes(ByteBuf in) throws LinkViolation {
        if (frames == null) {
            Greeting greeting = GreetingCodec.read(in);
            if (greeting == null) {
                return;
            }
            if (!(greeting instanceof Hello hello)) {
                throw LinkViolation.of("answers where it should greet");
            }
            onHello(hello);
        }
        if (frames != null) {
            heartbeat.onHeard();
            frames.read(in);
        }
    }

    private void onHello(Hello hello) {
        handshakeTimer.cancel();
        Refused refused = refusal(hello);
        if (refused == null) {
            refused = all.admit(this, hello.node());
        }
        if (refused != null) {
            refuse(refused);
            return;
        }
        own.belonging().onGreeted(hello.node(), hello.clusterId());
        peer = hello.node();
        counters = all.countersOf(hello.node().nodeId());
        socket.output().countIn(counters);
        frames = new FrameReader(own.settings().frameBytesMax(), partial, counters, this);
        socket.output()
                .write(new Welcome(
                        own.versions().common(hello.versions()),
                        own.identity(),
                        own.settings().frameBytesMax(),
                        own.settings().messageBytesMax(),
                        own.settings().partialBytesMax(),
                        own.belonging().clusterId()));
        socket.flushSoon();
        heartbeat.start();
    }

    /** Why it may not come in, by what it says alone; null when it may. */
    private @Nullable Refused refusal(Hello hello) {
        var node = hello.node();
        var us = own.identity();
        if (!node.cluster().equals(us.cluster())) {
            return new Refused(
                    RefusalReason.CLUSTER, "this is a node of cluster " + us.cluster() + ", not of " + node.cluster());
        }
        if (own.versions().common(hello.versions()) == VersionRange.NONE) {
            return new Refused(
                    RefusalReason.VERSION,
                    "this node speaks version " + own.versions() + ", the other one " + hello.versions());
        }
        if (!hello.wantedNodeId().equals(us.nodeId())) {
            return new Refused(RefusalReason.NOT_ME, "this is node " + us.nodeId() + ", not " + hello.wantedNodeId());
        }
        if (node.nodeId().equals(us.nodeId())) {
            return new Refused(RefusalReason.OWN_NODE_ID, "this node is called " + us.nodeId() + ", too");
        }
        if (own.settings().tls() != null && !CertificateNames.isFor(socket.peerCertificate(), node.nodeId())) {
            return new Refused(RefusalReason.CERTIFICATE, "the certificate is not for node " + node.nodeId());
        }
        if (own.isForeign(hello.clusterId())) {
            own.belonging().onGreeted(node, hello.clusterId());
            return new Refused(RefusalReason.CLUSTER, "this is a node of another cluster of that name");
        }
        return null;
    }

    void refuse(Refused refused) {
        own.complaints().warn(socket.remoteHost(), "is not let in: " + refused.text());
        handshakeTimer.cancel();
        socket.output().write(refused);
        socket.endAfterLastWord();
    }

    @Override
    public void onMessage(LinkChannel channel, ByteBuf payload) {
        NodeIdentity from = peer;
        if (from != null) {
            own.listener().onMessage(from, channel, payload.nioBuffer().asReadOnlyBuffer());
        }
    }

    @Override
    public void onPing(long token) {
        // Who does not take our answers gets none, and takes us for dead.
        if (socket.output().isWritable()) {
            var answer = Unpooled.buffer(Long.BYTES).writeLong(token);
            socket.output().write(FrameType.PONG, 0, 0, 0, 0, answer);
            socket.flushSoon();
        }
    }

    @Override
    public void onPong(long token) throws LinkViolation {
        throw LinkViolation.of("answers what it was not asked");
    }

    @Override
    public void onBye(String reason) {
        ending("it said goodbye: " + PeerComplaints.oneLine(reason), unused -> socket.abort());
    }

    @Override
    public boolean isReading() {
        return socket.isReading();
    }

    @Override
    public void onViolation(LinkViolation violation) {
        if (violation.isChecksum()) {
            counters.onChecksumError();
        }
        own.complaints().warn(name(), violation.reason());
        end(violation.reason());
    }

    @Override
    public void onWritable() {
        // Answers to heartbeats are all that we write, and none of them waits.
    }

    private String name() {
        NodeIdentity known = peer;
        return known == null ? socket.remoteHost() : known.toString();
    }

    /** Says why, and ends; who has not greeted is told nothing. */
    void end(String reason) {
        ending(reason, frames == null ? unused -> socket.abort() : socket::end);
    }

    private void abort(String reason) {
        own.complaints().warn(name(), reason);
        ending(reason, unused -> socket.abort());
    }

    private void ending(String reason, Consumer<String> how) {
        heartbeat.stop();
        handshakeTimer.cancel();
        how.accept(reason);
    }

    @Override
    public void onGone(String reason) {
        heartbeat.stop();
        handshakeTimer.cancel();
        partial.release();
        all.onGone(this);
    }
}
