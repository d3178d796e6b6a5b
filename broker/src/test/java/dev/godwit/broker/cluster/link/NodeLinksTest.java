package dev.godwit.broker.cluster.link;

import static dev.godwit.broker.cluster.link.LinkedNode.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.godwit.amqp.transport.CuttableWire;
import dev.godwit.broker.cluster.link.Greeting.Hello;
import dev.godwit.broker.cluster.link.Greeting.Refused;
import dev.godwit.broker.cluster.link.Greeting.Welcome;
import dev.godwit.broker.cluster.link.LinkedNode.Received;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Links between whole nodes, over TCP on this machine, with nodes that behave and nodes that do not. */
class NodeLinksTest {
    private static final LinkChannel SHARD_3 = new LinkChannel(LinkChannel.Kind.REPLICATION, 3);
    private static final LinkChannel FORWARD = new LinkChannel(LinkChannel.Kind.FORWARD, 1);
    private static final NodeIdentity OTHER =
            new NodeIdentity("test", "n2", new UUID(5, 6), new NodeAddress("127.0.0.1", 1));
    private static final UUID CLUSTER = new UUID(1, 2);
    private static final Hello HELLO = new Hello(VersionRange.OURS, OTHER, "n1", null);

    private final List<AutoCloseable> open = new ArrayList<>();

    private <T extends AutoCloseable> T closing(T resource) {
        open.add(0, resource);
        return resource;
    }

    private LinkedNode node(String nodeId) {
        return closing(new LinkedNode(nodeId));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void carriesMessagesBothWaysInTheirOrder() {
        var n1 = node("n1");
        var n2 = node("n2");
        var there = n1.connectAndWait(n2);
        var back = n2.connectAndWait(n1);
        n1.on(() -> {
            for (int i = 0; i < 1_000; i++) {
                assertThat(there.send(SHARD_3, List.of(LinkedNode.payload(8 + i, i))))
                        .isTrue();
            }
            return true;
        });
        assertThat(n2.send(back, FORWARD, 8, 77)).isTrue();
        await(() -> n2.received.size() == 1_000 && n1.received.size() == 1);
        assertThat(n2.received)
                .isEqualTo(IntStream.range(0, 1_000)
                        .mapToObj(i -> new Received("n1", SHARD_3, 8 + i, i))
                        .toList());
        assertThat(n1.received).containsExactly(new Received("n2", FORWARD, 8, 77));
        await(() -> n1.statistics(there).roundTripMicros() > 0);
        assertThat(n1.statistics(there).bytesSent()).isGreaterThan(500_000);
        assertThat(n1.statistics(there).connects()).isEqualTo(1);
        assertThat(n1.statistics(there).queuedBytes()).isZero();
    }

    @Test
    void carriesLargeMessagesInPiecesOfManyBuffers() {
        var n1 = node("n1");
        var n2 = node("n2");
        var link = n1.connectAndWait(n2);
        var pieces = IntStream.range(0, 100)
                .mapToObj(i -> i % 2 == 0 ? LinkedNode.payload(50_000, i) : ByteBuffer.allocate(50_000))
                .toList();
        assertThat(n1.on(() -> link.send(SHARD_3, pieces))).isTrue();
        await(() -> n2.received.size() == 1);
        assertThat(n2.received).containsExactly(new Received("n1", SHARD_3, 5_000_000, 0));
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> n1.send(link, SHARD_3, 33 << 20, 1))
                .withMessageContaining("33554432 are the most");
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(() -> n1.on(() -> link.sendUrgent(SHARD_3, List.of(ByteBuffer.allocate(70_000)))));
    }

    @Test
    void tellsTheSenderToWaitForASlowPeerAndWhenToGoOn() throws Exception {
        var n1 = closing(new LinkedNode(
                "n1",
                LinkSettings.withoutTls().withTimes(50, 60_000, 2_000).withSizes(64 << 10, 1 << 20, 2 << 20, 4 << 20)));
        var n2 = node("n2");
        var wire = closing(new CuttableWire(n2.identity().address().port()));
        var link = n1.connect(n2, wire.port());
        await(() -> n1.on(link::isOpen));
        wire.stop();
        int taken = 0;
        while (n1.on(link::isWritable)) {
            assertThat(n1.send(link, SHARD_3, 100_000, taken++)).isTrue();
        }
        // What was said is not what is enforced: there is some more room, and then there is none.
        while (n1.send(link, SHARD_3, 100_000, taken)) {
            taken++;
            assertThat(n1.statistics(link).queuedBytes()).isLessThanOrEqualTo(4 << 20);
        }
        assertThat(n1.events).doesNotContain("writable n2");
        int sent = taken;
        wire.goOn();
        await(() -> n2.received.size() == sent);
        await(() -> n1.events.contains("writable n2"));
        assertThat(n1.on(link::isWritable)).isTrue();
        assertThat(n2.received.stream().map(Received::firstBytes))
                .containsExactlyElementsOf(
                        IntStream.range(0, sent).mapToObj(Long::valueOf).toList());
    }

    @Test
    void losesAPeerThatIsStoppedAndFindsItAgain() throws Exception {
        var n1 = node("n1");
        // More patient than n1, which is to be the one that loses patience.
        var n2 = closing(new LinkedNode("n2", LinkSettings.withoutTls().withTimes(50, 4_000, 2_000)));
        var wire = closing(new CuttableWire(n2.identity().address().port()));
        var link = n1.connect(n2, wire.port());
        await(() -> n1.events.contains("open n2"));
        wire.stop();
        await(() -> n1.events.contains("lost n2: silent for 1000 ms"));
        assertThat(n1.send(link, SHARD_3, 8, 1)).isFalse();
        // The one that was sent to hears nothing more either, and lets go of its half.
        await(() -> n2.complaints() > 0);
        wire.goOn();
        await(() -> n1.on(link::isOpen));
        assertThat(n1.send(link, SHARD_3, 8, 2)).isTrue();
        await(() -> n2.received.contains(new Received("n1", SHARD_3, 8, 2)));
        assertThat(n1.statistics(link).connects()).isEqualTo(2);
        await(() -> n2.incomingConnections() == 1);
    }

    @Test
    void connectsAnewWhenTheLineWasCut() throws Exception {
        var n1 = node("n1");
        var n2 = node("n2");
        var wire = closing(new CuttableWire(n2.identity().address().port()));
        var link = n1.connect(n2, wire.port());
        await(() -> n1.on(link::isOpen));
        for (int cut = 1; cut <= 3; cut++) {
            int losses = cut;
            wire.tearDown();
            await(() ->
                    n1.events.stream().filter(each -> each.startsWith("lost")).count() == losses);
            wire.mend();
            await(() -> n1.on(link::isOpen));
        }
        assertThat(n1.events.stream().map(each -> each.substring(0, 4)))
                .containsExactly("open", "lost", "open", "lost", "open", "lost", "open");
    }

    @Test
    void endsTheConnectionWhenABitHasChanged() throws Exception {
        var n1 = node("n1");
        var n2 = node("n2");
        var back = n2.connectAndWait(n1);
        var wire = closing(new CuttableWire(n2.identity().address().port()));
        var link = n1.connect(n2, wire.port());
        await(() -> n1.on(link::isOpen));
        wire.flipBit();
        assertThat(n1.send(link, SHARD_3, 1_000, 1)).isTrue();
        await(() -> n1.events.stream()
                .anyMatch(each -> each.startsWith("lost n2: it ended the connection: a frame has changed")));
        await(() -> n2.statistics(back).checksumErrors() == 1);
        await(() -> n1.on(link::isOpen));
        assertThat(n1.send(link, SHARD_3, 1_000, 2)).isTrue();
        await(() -> n2.received.contains(new Received("n1", SHARD_3, 1_000, 2)));
        assertThat(n2.received).doesNotContain(new Received("n1", SHARD_3, 1_000, 1));
    }

    @Test
    void connectsToANodeThatComesLater() throws Exception {
        var n1 = node("n1");
        int port;
        try (var reserved = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = reserved.getLocalPort();
        }
        var link = n1.on(() -> n1.links().connect("n2", new NodeAddress("127.0.0.1", port)));
        assertThat(n1.on(link::isOpen)).isFalse();
        closing(new LinkedNode(
                new NodeIdentity("test", "n2", UUID.randomUUID(), new NodeAddress("127.0.0.1", port)),
                LinkSettings.withoutTls(),
                VersionRange.OURS));
        await(() -> n1.on(link::isOpen));
    }

    @Test
    void connectsAtOnceToANodeThatHasCome() throws Exception {
        var patient = new LinkSettings(null, true, 50, 1_000, 2_000, 60_000, 64 << 10, 32 << 20, 64 << 20, 16 << 20);
        var n1 = closing(new LinkedNode("n1", patient));
        int port;
        try (var reserved = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = reserved.getLocalPort();
        }
        var link = n1.on(() -> n1.links().connect("n2", new NodeAddress("127.0.0.1", port)));
        await(() -> n1.statistics(link).failures() == 8);
        // From now on it waits for 3 s at least.
        var n2 = closing(new LinkedNode(
                new NodeIdentity("test", "n2", UUID.randomUUID(), new NodeAddress("127.0.0.1", port)),
                patient,
                VersionRange.OURS));
        n2.connectAndWait(n1);
        Awaitility.await().atMost(Duration.ofMillis(2_500)).until(() -> n1.on(link::isOpen));
        assertThat(n1.statistics(link).failures()).isEqualTo(8);
    }

    // ---- who is let in

    private static Refused refusalOf(LinkedNode node, Hello hello) throws IOException, LinkViolation {
        try (var fake = FakeNode.connect(node)) {
            fake.write(hello);
            return (Refused) fake.readGreeting();
        }
    }

    @Test
    void refusesWhoDoesNotBelongHere() throws Exception {
        var n1 = node("n1");
        var elsewhere = new NodeIdentity("other", "n2", OTHER.journalId(), OTHER.address());
        var namesake = new NodeIdentity("test", "n1", OTHER.journalId(), OTHER.address());
        assertThat(refusalOf(n1, new Hello(VersionRange.OURS, elsewhere, "n1", null)))
                .isEqualTo(new Refused(RefusalReason.CLUSTER, "this is a node of cluster test, not of other"));
        assertThat(refusalOf(n1, new Hello(VersionRange.OURS, namesake, "n1", null)))
                .isEqualTo(new Refused(RefusalReason.OWN_NODE_ID, "this node is called n1, too"));
        assertThat(refusalOf(n1, new Hello(VersionRange.OURS, OTHER, "n3", null)))
                .isEqualTo(new Refused(RefusalReason.NOT_ME, "this is node n1, not n3"));
        assertThat(refusalOf(n1, new Hello(new VersionRange(7, 9), OTHER, "n1", null)))
                .isEqualTo(new Refused(RefusalReason.VERSION, "this node speaks version 1, the other one 7 to 9"));
        assertThat(n1.complaints()).isEqualTo(4);
        await(() -> n1.incomingConnections() == 0);
    }

    /** Two clusters were begun by mistake, under one name: nothing goes from one to the other. */
    @Test
    void letsNobodyInOfAnotherClusterOfItsName() {
        var n1 = node("n1");
        var n2 = node("n2");
        n1.clusterId = CLUSTER;
        n2.clusterId = new UUID(3, 4);
        var link = n1.connect(n2);
        await(() -> n1.kin.contains("n2 belongs elsewhere"));
        assertThat(n2.kin).startsWith("n1 belongs to " + CLUSTER);
        assertThat(n1.on(link::isOpen)).isFalse();
        assertThat(n1.events).isEmpty();
    }

    @Test
    void leavesANodeOfAnotherClusterThatLetItIn() throws Exception {
        var n1 = node("n1");
        n1.clusterId = CLUSTER;
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            n1.on(() -> n1.links().connect("n2", new NodeAddress("127.0.0.1", server.getLocalPort())));
            try (var other = FakeNode.accept(server)) {
                assertThat(other.readGreeting())
                        .isInstanceOfSatisfying(Hello.class, hello -> assertThat(hello.clusterId())
                                .isEqualTo(CLUSTER));
                other.write(new Welcome(1, OTHER, 1 << 16, 1 << 20, 1 << 20, new UUID(3, 4)));
                assertThat(other.isClosedByPeer()).isTrue();
            }
        }
        assertThat(n1.kin).containsOnly("n2 belongs to " + new UUID(3, 4));
        assertThat(n1.events).isEmpty();
    }

    @Test
    void tellsAllWhenItWasTakenIntoACluster() {
        var n1 = node("n1");
        var n2 = node("n2");
        n1.clusterId = CLUSTER;
        n1.connectAndWait(n2);
        n2.connectAndWait(n1);
        assertThat(n1.kin).containsOnly("n2 belongs to null");
        n1.kin.clear();
        n2.join(CLUSTER);
        await(() -> n1.kin.size() >= 2);
        assertThat(n1.kin).containsOnly("n2 belongs to " + CLUSTER);
        await(() -> n1.events.stream().filter("open n2"::equals).count() == 2);
        await(() -> n2.events.stream().filter("open n1"::equals).count() == 2);
    }

    @Test
    void refusesTheSecondNodeOfANameAndTakesTheSameOneAgain() throws Exception {
        var n1 = node("n1");
        try (var first = FakeNode.connect(n1)) {
            first.write(HELLO);
            assertThat(first.readGreeting()).isInstanceOf(Welcome.class);
            var withOtherJournal = new NodeIdentity("test", "n2", new UUID(7, 8), OTHER.address());
            assertThat(refusalOf(n1, new Hello(VersionRange.OURS, withOtherJournal, "n1", null))
                            .reason())
                    .isEqualTo(RefusalReason.NODE_ID_TWICE);
            try (var again = FakeNode.connect(n1)) {
                again.write(HELLO);
                assertThat(again.readGreeting()).isInstanceOf(Welcome.class);
                assertThat(first.readFrames().others).containsExactly("bye the node has connected anew");
                again.writeFrame(FrameType.DATA, FrameCodec.FIRST, SHARD_3, new byte[16]);
                await(() -> n1.received.size() == 1);
            }
        }
    }

    @Test
    void doesNotLetItselfIn() throws Exception {
        var n1 = node("n1");
        var link = n1.on(() -> n1.links().connect("n2", n1.identity().address()));
        await(() -> n1.complaints() > 0);
        assertThat(n1.on(link::isOpen)).isFalse();
    }

    @Test
    void speaksTheOlderVersionWithAnOlderNode() throws Exception {
        var newer = closing(new LinkedNode(
                new NodeIdentity("test", "n1", UUID.randomUUID(), new NodeAddress("127.0.0.1", 0)),
                LinkSettings.withoutTls(),
                new VersionRange(1, 2)));
        try (var older = FakeNode.connect(newer)) {
            older.write(HELLO);
            assertThat(((Welcome) older.readGreeting()).version()).isEqualTo(1);
            older.writeFrame(FrameType.PING, 0, SHARD_3, new byte[] {0, 0, 0, 0, 0, 0, 0, 9});
            assertThat(older.readFrames().others).containsExactly("pong 9");
        }
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var link = newer.on(() -> newer.links().connect("n2", new NodeAddress("127.0.0.1", server.getLocalPort())));
            try (var older = FakeNode.accept(server)) {
                assertThat(((Hello) older.readGreeting()).versions()).isEqualTo(new VersionRange(1, 2));
                older.write(new Welcome(1, OTHER, 1 << 16, 1 << 20, 1 << 20, null));
                await(() -> newer.on(link::isOpen));
                assertThat(newer.send(link, SHARD_3, 8, 5)).isTrue();
                var heard = older.readFrames();
                assertThat(heard.others.isEmpty() ? heard.messages : heard.others)
                        .isNotEmpty();
            }
        }
    }

    @Test
    void leavesANodeThatIsNotTheOneItWanted() throws Exception {
        var n1 = node("n1");
        for (var wrong : List.of(
                new Welcome(
                        1,
                        new NodeIdentity("test", "n3", new UUID(1, 1), OTHER.address()),
                        1 << 16,
                        1 << 20,
                        1 << 20,
                        null),
                new Welcome(
                        1,
                        new NodeIdentity("other", "n2", new UUID(1, 1), OTHER.address()),
                        1 << 16,
                        1 << 20,
                        1 << 20,
                        null),
                new Welcome(9, OTHER, 1 << 16, 1 << 20, 1 << 20, null),
                new Welcome(1, OTHER, 10, 10, 10, null))) {
            try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                var link = n1.on(() -> n1.links().connect("n2", new NodeAddress("127.0.0.1", server.getLocalPort())));
                try (var fake = FakeNode.accept(server)) {
                    fake.readGreeting();
                    fake.write(wrong);
                    assertThat(fake.isClosedByPeer()).isTrue();
                }
                assertThat(n1.on(link::isOpen)).isFalse();
            }
        }
        assertThat(n1.events).isEmpty();
    }

    // ---- who breaks the protocol

    @Test
    void dropsWhoSpeaksSomethingElseAndWhoSaysNothing() throws Exception {
        var n1 = closing(new LinkedNode("n1", LinkSettings.withoutTls().withTimes(50, 1_000, 300)));
        for (String words : List.of("GET / HTTP/1.1\r\n\r\n", "AMQP\0\1\0\0", "\u0016\u0003\u0001\0\0", "GDWL")) {
            try (var fake = FakeNode.connect(n1)) {
                fake.write(words.getBytes(StandardCharsets.ISO_8859_1));
                assertThat(fake.isClosedByPeer()).as(words).isTrue();
            }
        }
        assertThat(n1.complaints()).isEqualTo(4);
        await(() -> n1.incomingConnections() == 0);
    }

    @Test
    void dropsWhoBreaksTheRulesOfFrames() throws Exception {
        var n1 = node("n1");
        var huge = Unpooled.buffer().writeInt(Integer.MAX_VALUE).writeZero(16);
        int complaints = 0;
        for (int rule = 0; rule < 5; rule++) {
            try (var fake = FakeNode.connect(n1)) {
                fake.write(HELLO);
                assertThat(fake.readGreeting()).isInstanceOf(Welcome.class);
                switch (rule) {
                    case 0 -> fake.write(huge);
                    case 1 -> fake.writeFrame(FrameType.PONG, 0, SHARD_3, new byte[8]);
                    case 2 -> fake.writeFrame(FrameType.PING, 0, SHARD_3, new byte[7]);
                    case 3 -> fake.writeFrame(FrameType.DATA, 0, SHARD_3, new byte[8]);
                    default -> fake.write(HELLO);
                }
                assertThat(fake.readFrames().others)
                        .as("rule %d", rule)
                        .singleElement()
                        .asString()
                        .startsWith("bye ");
                assertThat(fake.isClosedByPeer()).isTrue();
                complaints++;
            }
        }
        assertThat(n1.complaints()).isEqualTo(complaints);
        assertThat(n1.received).isEmpty();
    }

    /** Its last words wait for a peer that reads nothing: nobody is told meanwhile that messages are taken. */
    @Test
    void isLostAtOnceWhenThePeerBreaksTheRules() throws Exception {
        var n1 = closing(new LinkedNode("n1", LinkSettings.withoutTls().withTimes(50, 60_000, 60_000)));
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var link = n1.on(() -> n1.links().connect("n2", new NodeAddress("127.0.0.1", server.getLocalPort())));
            try (var fake = FakeNode.accept(server)) {
                fake.readGreeting();
                fake.write(new Welcome(1, OTHER, 1 << 16, 1 << 20, 1 << 20, null));
                await(() -> n1.on(link::isOpen));
                while (n1.send(link, SHARD_3, 1 << 20, 1)) {
                    assertThat(n1.statistics(link).queuedBytes()).isLessThan(32 << 20);
                }
                var wrong = Unpooled.buffer();
                FrameCodec.writeHeader(wrong, FrameType.BYE, 0, 0, 0, 0, Unpooled.wrappedBuffer(new byte[] {1}));
                fake.write(wrong.writeByte(2));
                await(() -> n1.statistics(link).checksumErrors() == 1);
                assertThat(n1.send(link, SHARD_3, 8, 2)).isFalse();
                assertThat(n1.events).hasSize(2).last().asString().startsWith("lost n2: ");
            }
        }
    }

    @Test
    void agreesOnTheSmallerFrames() {
        var n1 = closing(new LinkedNode(
                "n1",
                LinkSettings.withoutTls().withTimes(50, 1_000, 2_000).withSizes(128 << 10, 1 << 20, 2 << 20, 4 << 20)));
        var n2 = node("n2");
        var link = n1.connectAndWait(n2);
        assertThat(n1.send(link, SHARD_3, 1_000_000, 5)).isTrue();
        await(() -> n2.received.contains(new Received("n1", SHARD_3, 1_000_000, 5)));
        assertThat(n1.events).containsExactly("open n2");
    }

    @Test
    void wantsTlsUnlessItIsTold() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new LinkSettings(null, false, 100, 1_000, 1_000, 1_000, 1 << 16, 1 << 20, 1 << 20, 1 << 20))
                .withMessageContaining("TLS");
    }
}
