package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.godwit.amqp.type.Outcome;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Conversations with flipped, dropped, doubled and shuffled frames: whoever sends them hurts nobody else. */
class FrameFuzzTest {
    private static final int CASES = Integer.getInteger("godwit.fuzz.cases", 1_500);

    private final Loopback loopback = new Loopback(
            ListenerOptions.of("127.0.0.1", 0).withLimits(EndpointLimits.DEFAULTS.withMaxMessageSizeBytes(100_000)));
    private final Logger logger = (Logger) LoggerFactory.getLogger(ProtonConnection.class.getPackageName());
    private final ListAppender<ILoggingEvent> errors = new ListAppender<>();

    @AfterEach
    void close() {
        logger.detachAppender(errors);
        logger.setLevel(null);
        loopback.close();
    }

    @Test
    void survivesBrokenConversations() {
        long seed = Long.getLong("godwit.fuzz.seed", System.nanoTime());
        System.out.println("godwit.fuzz.seed=" + seed);
        errors.start();
        logger.addAppender(errors);
        logger.setLevel(Level.ERROR);
        loopback.container.prepare = server -> {
            server.creditForSenders = 20;
            server.keepsDeliveries = false;
            server.onMessage = delivery -> delivery.settle(Outcome.Accepted.INSTANCE);
            server.onRoom = link -> {
                if (link.credit() > 0 && link.isWritable()) {
                    link.send(ByteBuffer.allocate(0), ByteBuffer.allocate(700), false, null);
                }
            };
        };
        loopback.connect();
        var random = new Random(seed);
        for (int i = 0; i < CASES; i++) {
            try (var peer = new RawPeer(loopback.port())) {
                peer.send(broken(conversation(peer), random));
                peer.finish();
            } catch (UncheckedIOException closedEarly) {
                // That is how most of them end.
            }
        }
        await(() -> loopback.onServer(loopback.server::connections) == 1);
        assertThat(loopback.caps.total()).isEqualTo(1);
        assertThat(errors.list).extracting(ILoggingEvent::getFormattedMessage).isEmpty();
        assertThat(loopback.client.heard).doesNotContain("onDisconnected", "onClose");
        assertThat(loopback.violations()).isPositive();
    }

    /** Everything that a client says, in order; the first three are the handshake's. */
    private static List<byte[]> conversation(RawPeer peer) {
        var frames = new ArrayList<byte[]>();
        frames.add(RawPeer.header(3));
        frames.add(peer.frame(1, 0, RawPeer.saslInit("ANONYMOUS")));
        frames.add(RawPeer.header(0));
        frames.add(peer.frame(0, 0, RawPeer.openPerformative()));
        frames.add(peer.frame(0, 0, RawPeer.beginPerformative()));
        frames.add(peer.frame(0, 0, RawPeer.attachPerformative("out", 0, Role.SENDER)));
        frames.add(peer.frame(0, 0, RawPeer.attachPerformative("in", 1, Role.RECEIVER)));
        for (int i = 0; i < 4; i++) {
            var transfer = RawPeer.transferPerformative(0, i / 2);
            transfer.setMore(i % 2 == 0);
            frames.add(peer.frame(0, 0, transfer, new byte[50]));
        }
        frames.add(peer.frame(0, 0, RawPeer.flowPerformative(1, 5, 1, 100)));
        frames.add(
                peer.frame(0, 0, RawPeer.dispositionPerformative(Role.RECEIVER, 0, 3, Accepted.getInstance(), true)));
        for (int handle = 0; handle < 2; handle++) {
            frames.add(peer.frame(0, 0, RawPeer.detachPerformative(handle, true)));
        }
        frames.add(peer.frame(0, 0, new End()));
        frames.add(peer.frame(0, 0, new Close()));
        return frames;
    }

    private static byte[] broken(List<byte[]> frames, Random random) {
        // Mostly past the handshake, where there is more to break.
        int from = random.nextInt(10) == 0 ? 0 : 3;
        for (int change = random.nextInt(4); change >= 0; change--) {
            int at = from + random.nextInt(frames.size() - from);
            switch (random.nextInt(6)) {
                case 0 -> frames.remove(at);
                case 1 -> frames.add(at, frames.get(at));
                case 2 -> frames.add(frames.remove(at));
                default -> {
                    byte[] frame = frames.get(at).clone();
                    for (int flips = random.nextInt(3); flips >= 0; flips--) {
                        frame[random.nextInt(frame.length)] = (byte) random.nextInt(256);
                    }
                    frames.set(at, frame);
                }
            }
            if (frames.size() <= from + 1) {
                break;
            }
        }
        return RawPeer.join(frames.toArray(byte[][]::new));
    }
}
