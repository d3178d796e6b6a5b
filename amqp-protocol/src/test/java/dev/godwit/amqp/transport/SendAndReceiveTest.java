package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.Target;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SendAndReceiveTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Loopback loopback = new Loopback();

    @AfterEach
    void close() {
        loopback.close();
    }

    private ReceivingLink receiver(Session session, String name) {
        ReceivingLink link = loopback.onClient(() -> session.attachReceiver(
                AttachParameters.of(name, Source.at("queue"), Target.at(null)), loopback.client));
        await(() -> loopback.client.has("onAttached " + name));
        return link;
    }

    private static ByteBuffer bytes(int length) {
        var bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    @Test
    @Spec({"2.6.12", "2.7.5"})
    void deliversMessageAsItWasSent() {
        var link = loopback.sender(loopback.session(), "link");
        ByteBuffer head = bytes(10);
        ByteBuffer rest = bytes(100).position(20);

        OutgoingDelivery sent = loopback.onClient(() -> link.send(head, rest, false, null));
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 1);
        IncomingDelivery received = server.deliveries.get(0);

        var expected = ByteBuffer.allocate(90)
                .put(head.duplicate())
                .put(rest.duplicate())
                .flip();
        assertThat(received.message()).isEqualTo(expected);
        assertThat(received.tag()).hasSizeBetween(1, 8);
        assertThat(received.isRemotelySettled()).isFalse();
        assertThat(head.remaining()).isEqualTo(10);
        assertThat(rest.remaining()).isEqualTo(80);

        loopback.runOnServer(() -> received.settle(Outcome.Accepted.INSTANCE));
        await(() -> loopback.client.dispositions.size() == 1);
        assertThat(loopback.client.dispositions.get(0)).isSameAs(sent);
        assertThat(sent.remoteState()).isEqualTo(Outcome.Accepted.INSTANCE);
        assertThat(sent.isRemotelySettled()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4_096})
    @Spec("2.6.14/joined")
    void joinsMessageOfManyFrames(int maxFrameSize) {
        var open = new OpenParameters("client", null, maxFrameSize, 255, 0, List.of(), List.of(), Map.of());
        loopback.container.prepare = peer -> peer.onOpened = opened ->
                opened.open(new OpenParameters("server", null, maxFrameSize, 255, 0, List.of(), List.of(), Map.of()));
        var connection = loopback.connect(loopback.connectOptions(), open);
        Session session = loopback.onClient(() -> connection.begin(loopback.client));
        var link = loopback.sender(session, "link");
        ByteBuffer message = bytes(1024 * 1024);

        loopback.runOnClient(() -> link.send(NOTHING, message, true, null));

        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 1);
        assertThat(server.deliveries.get(0).message()).isEqualTo(message);
        assertThat(server.deliveries.get(0).isRemotelySettled()).isTrue();
    }

    @Test
    @Spec("3.4")
    void carriesEachState() {
        var link = loopback.sender(loopback.session(), "link");
        List<DeliveryState> states = List.of(
                Outcome.Accepted.INSTANCE,
                Outcome.Released.INSTANCE,
                new Outcome.Rejected(AmqpError.NOT_FOUND.because("no such queue")),
                new Outcome.Rejected(null),
                new Outcome.Modified(true, false, Map.of()),
                new Outcome.Modified(false, true, Map.of(Symbol.of("x-opt-reason"), "tired")),
                new TransactionalState(new TransactionId(new byte[] {1, 2}), Outcome.Accepted.INSTANCE));
        var server = loopback.container.peer();

        for (int i = 0; i < states.size(); i++) {
            loopback.runOnClient(() -> link.send(NOTHING, bytes(10), false, null));
        }
        await(() -> server.deliveries.size() == states.size());
        loopback.runOnServer(() -> {
            for (int i = 0; i < states.size(); i++) {
                server.deliveries.get(i).settle(states.get(i));
            }
        });

        await(() -> loopback.client.dispositions.size() == states.size());
        assertThat(loopback.client.dispositions)
                .extracting(OutgoingDelivery::remoteState)
                .containsExactlyElementsOf(states);
    }

    @Test
    @Spec("2.6.12")
    void carriesStateWithTransfer() {
        var link = loopback.sender(loopback.session(), "link");
        var state = new TransactionalState(new TransactionId(new byte[] {7}), null);

        loopback.runOnClient(() -> link.send(NOTHING, bytes(10), false, state));

        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 1);
        assertThat(server.deliveries.get(0).remoteState()).isEqualTo(state);
    }

    @Test
    @Spec("2.6.7/credit-sender")
    void grantsCreditExactly() {
        loopback.container.prepare = peer -> peer.creditForSenders = 3;
        var link = loopback.sender(loopback.session(), "link");

        loopback.runOnClient(() -> {
            for (int i = 3; i > 0; i--) {
                assertThat(link.credit()).isEqualTo(i);
                link.send(NOTHING, bytes(10), true, null);
            }
            assertThat(link.credit()).isZero();
            assertThatThrownBy(() -> link.send(NOTHING, bytes(10), true, null)).hasMessageContaining("no credit");
        });

        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 3);
        assertThat(loopback.onServer(() -> server.receivers.get(0).credit())).isZero();
        loopback.runOnServer(() -> server.receivers.get(0).addCredit(2));
        await(() -> loopback.onClient(() -> link.credit() == 2));
    }

    @Test
    @Spec({"2.6.7/drain", "2.6.7/drain-asked"})
    void drainGivesCreditBack() {
        var session = loopback.session();
        var link = receiver(session, "link");
        var server = loopback.container.peer();
        server.onRoom = sender -> {
            if (sender.isDraining()) {
                sender.send(NOTHING, bytes(10), true, null);
                sender.drained();
            }
        };

        loopback.runOnClient(() -> {
            link.addCredit(10);
            link.drain();
        });

        await(() -> loopback.client.has("onDrained link"));
        assertThat(loopback.client.deliveries).hasSize(1);
        assertThat(loopback.onClient(link::credit)).isZero();
        assertThat(loopback.onServer(() -> server.senders.get(0).credit())).isZero();
        loopback.runOnClient(() -> link.addCredit(5));
        await(() -> loopback.onServer(() ->
                server.senders.get(0).credit() == 5 && !server.senders.get(0).isDraining()));
    }

    @Test
    @Spec("2.6.12/second-producer")
    void receiverOfSecondModeSettlesWhenSenderHas() {
        var link = loopback.sender(loopback.session(), "link");
        var server = loopback.container.peer();
        loopback.runOnClient(() -> link.send(NOTHING, bytes(10), false, null));
        await(() -> server.deliveries.size() == 1);

        loopback.runOnServer(() -> server.deliveries.get(0).update(Outcome.Accepted.INSTANCE));
        await(() -> loopback.client.dispositions.size() == 1);
        OutgoingDelivery sent = loopback.client.dispositions.get(0);
        assertThat(sent.isRemotelySettled()).isFalse();
        assertThat(sent.remoteState()).isEqualTo(Outcome.Accepted.INSTANCE);

        loopback.runOnClient(() -> sent.settle(null));
        await(() -> server.has("onSettled"));
    }

    @Test
    void sendsManyMessagesBothWaysInOrder() {
        int count = 20_000;
        var session = loopback.session();
        var server = loopback.container.peer();
        loopback.container.prepare = peer -> {};
        var in = receiver(session, "in");
        var out = loopback.sender(session, "out");
        server.onMessage = delivery -> {
            delivery.settle(Outcome.Accepted.INSTANCE);
            server.receivers.get(0).addCredit(1);
        };
        var toSend = new int[] {0, 0};
        loopback.client.onRoom = link -> {
            while (link == out && link.credit() > 0 && toSend[0] < count && link.isWritable()) {
                link.send(NOTHING, ByteBuffer.allocate(300).putInt(0, toSend[0]++), false, null);
            }
        };
        server.onRoom = link -> {
            while (link.credit() > 0 && toSend[1] < count && link.isWritable()) {
                link.send(NOTHING, ByteBuffer.allocate(300).putInt(0, toSend[1]++), true, null);
            }
        };
        loopback.runOnClient(() -> {
            loopback.client.onRoom.accept(out);
            in.addCredit(count);
        });

        await(() -> server.deliveries.size() == count
                && loopback.client.deliveries.size() == count
                && loopback.client.dispositions.size() == count);
        assertThat(numbers(server.deliveries)).isSorted().doesNotHaveDuplicates();
        assertThat(numbers(loopback.client.deliveries)).isSorted().doesNotHaveDuplicates();
    }

    private static List<Integer> numbers(List<IncomingDelivery> deliveries) {
        var numbers = new ArrayList<Integer>();
        deliveries.forEach(delivery -> numbers.add(delivery.message().getInt(0)));
        return numbers;
    }
}
