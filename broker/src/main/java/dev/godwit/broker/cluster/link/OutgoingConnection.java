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
 * One connection that we made, to send over: we greet, the peer lets us in, then what waits in the link's queue goes out, and
 * heartbeats. Owned by the loop of the links, from connect to its end.
 */
final class OutgoingConnection implements LinkSocket.Handler, FrameListener {
    /** A peer answers heartbeats here, and says goodbye. */
    private static final int ANSWER_BYTES_MAX = 1_024;

    private static final int ROUNDS_MAX = 8;

    private final OwnEnd own;
    private final OutgoingLink link;
    private final LinkCounters counters;
    private final LinkSocket socket;
    private final Heartbeat heartbeat;
    private final EventLoop.Timer handshakeTimer;
    private @Nullable FrameReader frames;
    private @Nullable String endReason;
    private boolean pingDue;
    private boolean gone;

    OutgoingConnection(OwnEnd own, OutgoingLink link, LinkCounters counters, NetSocketInternal netSocket) {
        this.own = own;
        this.link = link;
        this.counters = counters;
        socket = new LinkSocket(netSocket, own.loop(), counters, this);
        heartbeat = new Heartbeat(own.loop(), own.settings(), this::beat, this::abort);
        handshakeTimer = own.loop()
                .schedule(
                        own.settings().handshakeMillis(),
                        () -> abort("no greeting within " + own.settings().handshakeMillis() + " ms"));
    }

    void greet() {
        if (own.settings().tls() != null && !CertificateNames.isFor(socket.peerCertificate(), link.nodeId())) {
            abort("its certificate is for another node");
            return;
        }
        socket.output()
                .write(new Hello(
                        own.versions(),
                        own.identity(),
                        link.nodeId(),
                        own.belonging().clusterId()));
        socket.flushSoon();
    }

    @Override
    public void onBytes(ByteBuf in) throws LinkViolation {
        if (frames == null) {
            Greeting answer = GreetingCodec.read(in);
            if (answer == null) {
                return;
            }
            onAnswer(answer);
        }
        if (frames != null) {
            heartbeat.onHeard();
            frames.read(in);
        }
    }

    private void onAnswer(Greeting answer) throws LinkViolation {
        if (answer instanceof Refused refused) {
            if (refused.reason() == RefusalReason.CLUSTER) {
                own.belonging().onForeign(link.nodeId());
            }
            abort("it does not let us in: " + PeerComplaints.oneLine(refused.text()));
        } else if (answer instanceof Welcome welcome) {
            onWelcome(welcome);
        } else {
            throw LinkViolation.of("greets where it was greeted");
        }
    }

    private void onWelcome(Welcome welcome) throws LinkViolation {
        var node = welcome.node();
        if (!own.versions().contains(welcome.version())) {
            throw LinkViolation.of("chose version " + welcome.version() + " of " + own.versions());
        }
        if (!node.cluster().equals(own.identity().cluster()) || !node.nodeId().equals(link.nodeId())) {
            throw LinkViolation.of("is " + node + " of cluster " + node.cluster());
        }
        if (welcome.frameBytesMax() < LinkSettings.FRAME_BYTES_MAX_MIN
                || welcome.messageBytesMax() < welcome.frameBytesMax()
                || welcome.partialBytesMax() < welcome.messageBytesMax()) {
            throw LinkViolation.of("takes no messages");
        }
        own.belonging().onGreeted(node, welcome.clusterId());
        if (own.isForeign(welcome.clusterId())) {
            throw LinkViolation.of("is of another cluster of that name");
        }
        handshakeTimer.cancel();
        frames = new FrameReader(ANSWER_BYTES_MAX, new PartialMessages(ByteBufAllocator.DEFAULT, 0, 0), counters, this);
        heartbeat.start();
        beat();
        link.onOpen(welcome);
    }

    /** What waits goes out, as far as the socket takes it; false when it would take more, and others shall have a turn. */
    boolean pump(SendQueue queue) {
        LinkOutput output = socket.output();
        if (pingDue && output.isWritable()) {
            beat();
        }
        for (int round = 0; round < ROUNDS_MAX; round++) {
            queue.writeTo(output);
            output.flush();
            if (queue.isEmpty() || !output.isWritable()) {
                // Not writable: the socket says when it is again.
                return true;
            }
        }
        return false;
    }

    private void beat() {
        pingDue = !socket.output().isWritable();
        if (!pingDue) {
            var token = Unpooled.buffer(Long.BYTES).writeLong(System.nanoTime());
            socket.output().write(FrameType.PING, 0, 0, 0, 0, token);
            socket.flushSoon();
        }
    }

    @Override
    public void onMessage(LinkChannel channel, ByteBuf payload) throws LinkViolation {
        throw LinkViolation.of("sends messages where it is sent to");
    }

    @Override
    public void onPing(long token) throws LinkViolation {
        throw LinkViolation.of("asks where it is asked");
    }

    @Override
    public void onPong(long token) {
        counters.onRoundTrip(System.nanoTime() - token);
        link.onAnswered();
    }

    @Override
    public void onBye(String reason) {
        abort("it ended the connection: " + PeerComplaints.oneLine(reason));
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
        end(violation.reason());
    }

    @Override
    public void onWritable() {
        if (frames != null && !gone) {
            link.pump();
        }
    }

    /** Says why, and ends. */
    void end(String reason) {
        ending(reason, socket::end);
    }

    /** Ends without a word. */
    private void abort(String reason) {
        ending(reason, unused -> socket.abort());
    }

    private void ending(String reason, Consumer<String> how) {
        if (endReason == null) {
            // A peer may have chosen the words.
            endReason = PeerComplaints.oneLine(reason);
        }
        heartbeat.stop();
        handshakeTimer.cancel();
        how.accept(reason);
        // Now, and not when the last words are out, or TLS has given up: nothing more goes over it.
        onGone(reason);
    }

    @Override
    public void onGone(String reason) {
        if (!gone) {
            gone = true;
            heartbeat.stop();
            handshakeTimer.cancel();
            link.onConnectionGone(this, endReason == null ? reason : endReason);
        }
    }
}
