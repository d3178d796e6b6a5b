package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.message.UnknownAnnotations;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnknownDescribedType;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.DeliveryAnnotations;
import org.apache.qpid.proton.amqp.messaging.Footer;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Annotations whose meaning the broker does not know, and which it may not pass over (AMQP 1.0 §3.2.10). */
class UnknownAnnotationsTest {
    private static final List<Object> OPTIONAL = List.of(Symbol.valueOf("x-opt-anything"), Symbol.valueOf("x-opt"));
    private static final Object PRIVATE = Symbol.valueOf("x-anything");
    private static final List<Object> RESERVED =
            List.of(Symbol.valueOf("anything"), Symbol.valueOf("x"), UnsignedLong.valueOf(7));

    @TempDir
    Path directory;

    private @Nullable RawBroker running;

    private RawBroker start(UnknownAnnotations taken) throws BrokerStartException {
        running = new RawBroker(directory, listen -> listen.withUnknownAnnotations(taken));
        return running;
    }

    @AfterEach
    void stop() {
        if (running != null) {
            running.close();
        }
    }

    private static byte[] delivery(RawBroker broker, Object key) {
        return broker.encode(new DeliveryAnnotations(Map.of((Symbol) key, 1)), new AmqpValue("body"));
    }

    /** The engine's own class takes symbols only. */
    private static byte[] message(RawBroker broker, Object key) {
        var annotations = new UnknownDescribedType(UnsignedLong.valueOf(0x72), Map.of(key, 1));
        return broker.encode(annotations, new AmqpValue("body"));
    }

    private static byte[] footer(RawBroker broker, Object key) {
        return broker.encode(new AmqpValue("body"), new Footer(Map.of(key, 1)));
    }

    private static void assertTaken(RawBroker broker, byte[] message) {
        assertThat(broker.put(message).getState()).isInstanceOf(Accepted.class);
    }

    private static void assertEndsTheLink(RawBroker broker, byte[] message) {
        long before = broker.count(QueueStatistics::ready);
        var peer = broker.connect();
        peer.attachSender("producer", 0);
        peer.send(0, RawPeer.transferPerformative(0, 0), message);
        assertNotImplemented(peer);
        assertThat(broker.count(QueueStatistics::ready)).isEqualTo(before);
        peer.close();
    }

    private static void assertNotImplemented(RawPeer peer) {
        var detach = peer.expect(Detach.class);
        assertThat(detach.getClosed()).isTrue();
        assertThat(String.valueOf(detach.getError().getCondition())).isEqualTo("amqp:not-implemented");
        assertThat(detach.getError().getDescription()).contains("x-opt-");
    }

    @Test
    @Spec({"3.2.10/x-opt", "3.2.10/unknown"})
    void carriesPrivateOnesAndEndsTheLinkForReservedOnes() throws BrokerStartException {
        var broker = start(UnknownAnnotations.UNRESERVED);
        for (Object key : OPTIONAL) {
            assertTaken(broker, delivery(broker, key));
            assertTaken(broker, message(broker, key));
            assertTaken(broker, footer(broker, key));
        }
        assertTaken(broker, message(broker, PRIVATE));
        assertTaken(broker, footer(broker, PRIVATE));
        assertEndsTheLink(broker, delivery(broker, PRIVATE));
        for (Object key : RESERVED) {
            assertEndsTheLink(broker, message(broker, key));
            assertEndsTheLink(broker, footer(broker, key));
        }
        assertEndsTheLink(broker, delivery(broker, RESERVED.get(0)));
    }

    @Test
    @Spec({"3.2.10/x-opt", "3.2.10/unknown"})
    void takesOptionalOnesAloneWhenItGoesByTheLetter() throws BrokerStartException {
        var broker = start(UnknownAnnotations.OPTIONAL);
        for (Object key : OPTIONAL) {
            assertTaken(broker, message(broker, key));
        }
        assertEndsTheLink(broker, message(broker, PRIVATE));
        assertEndsTheLink(broker, footer(broker, PRIVATE));
    }

    @Test
    void takesAllWhenItIsToldTo() throws BrokerStartException {
        var broker = start(UnknownAnnotations.ANY);
        assertTaken(broker, delivery(broker, PRIVATE));
        for (Object key : RESERVED) {
            assertTaken(broker, message(broker, key));
            assertTaken(broker, footer(broker, key));
        }
    }

    /** It is given to the queue part by part, so its head is looked at before there is more of it. */
    @Test
    @Spec("3.2.10/unknown")
    void endsTheLinkForAMessageThatComesInParts() throws BrokerStartException {
        var broker = start(UnknownAnnotations.UNRESERVED);
        var peer = broker.connect();
        peer.attachSender("producer", 0);
        byte[] whole = RawPeer.join(
                broker.encode(new MessageAnnotations(Map.of(Symbol.valueOf("anything"), 1))),
                broker.encode(new Data(new Binary(new byte[100]))));
        byte[] part = broker.encode(new Data(new Binary(new byte[60_000])));
        var first = RawPeer.transferPerformative(0, 0);
        first.setMore(true);
        peer.send(0, first, whole);
        for (int i = 1; i <= 10; i++) {
            var next = RawPeer.transferPerformative(0, 0);
            next.setMore(i < 10);
            peer.send(0, next, part);
        }
        assertNotImplemented(peer);
        assertThat(broker.count(QueueStatistics::ready)).isZero();
    }

    @Test
    @Spec("3.2.10/keys")
    void refusesKeysThatAreNeitherSymbolsNorUlongs() throws BrokerStartException {
        var broker = start(UnknownAnnotations.ANY);
        for (Object key : List.of("text", 7, new Binary(new byte[1]))) {
            for (byte[] message : List.of(message(broker, key), footer(broker, key))) {
                Disposition answer = broker.put(message);
                assertThat(String.valueOf(
                                ((Rejected) answer.getState()).getError().getCondition()))
                        .isEqualTo("amqp:decode-error");
            }
        }
    }
}
