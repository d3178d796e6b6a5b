package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.header;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.conformance.Spec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.security.SaslMechanisms;
import org.apache.qpid.proton.amqp.security.SaslOutcome;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.Role;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {
    private final Loopback loopback =
            new Loopback(ListenerOptions.of("127.0.0.1", 0).withTimeouts(new ListenerOptions.Timeouts(400, 30_000)));

    @AfterEach
    void close() {
        loopback.close();
    }

    private RawPeer raw() {
        return new RawPeer(loopback.port());
    }

    static Stream<byte[]> bytesThatAreNoHeader() {
        return Stream.of(
                "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3},
                new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1},
                new byte[] {'A', 'M', 'Q', 'P', 2, 1, 0, 0},
                new byte[] {0, 0, 0},
                new byte[100_000]);
    }

    @ParameterizedTest
    @MethodSource("bytesThatAreNoHeader")
    @Spec({"2.2/wrong-header", "2.2/garbage", "5.2/tls-header"})
    void answersWrongHeaderWithOurs(byte[] bytes) {
        try (var peer = raw()) {
            peer.send(bytes);
            assertThat(peer.read(8)).isEqualTo(header(3));
            peer.expectEnd();
        }
    }

    @Test
    @Spec({"5.3/required", "2.2/protocol-id"})
    void demandsSasl() {
        try (var peer = raw()) {
            peer.send(header(0), peer.frame(0, 0, RawPeer.openPerformative()));
            assertThat(peer.read(8)).isEqualTo(header(3));
            peer.expectEnd();
        }
        assertThat(loopback.container.peers).isEmpty();
    }

    @Test
    @Spec("2.2")
    void letsPeerSkipSaslWhereAllowed() {
        loopback.users.noSasl = true;
        loopback.connect(loopback.connectOptions().withoutSasl(), OpenParameters.of("client", null));
        Connection connection = Objects.requireNonNull(loopback.container.peer().connection);
        assertThat(connection.identity()).isEqualTo(Identity.ANONYMOUS);
    }

    @Test
    @Spec({"2.4.2/pipelined", "5.3.2/outcome"})
    void takesEverythingInOnePacket() {
        try (var peer = raw()) {
            peer.send(
                    header(3),
                    peer.frame(1, 0, RawPeer.plain("alice", "wonder")),
                    header(0),
                    peer.frame(0, 0, RawPeer.openPerformative()),
                    peer.frame(0, 0, RawPeer.beginPerformative()),
                    peer.frame(0, 0, RawPeer.attachPerformative("link", 0, Role.SENDER)));
            peer.read(8);
            peer.expect(SaslMechanisms.class);
            peer.expect(SaslOutcome.class);
            assertThat(peer.read(8)).isEqualTo(header(0));
            peer.expect(Open.class);
            peer.expect(Begin.class);
            assertThat(peer.expect(Attach.class).getName()).isEqualTo("link");
        }
        Connection connection = Objects.requireNonNull(loopback.container.peer().connection);
        assertThat(connection.identity()).isEqualTo(new Identity("PLAIN", "alice"));
    }

    @Test
    @Spec("5.3.2/not-before")
    void actsOnNothingBeforeAuthenticatorHasAnswered() {
        var answers = new ConcurrentLinkedQueue<Consumer<@Nullable Identity>>();
        loopback.users.answerLater = answers::add;
        try (var peer = raw()) {
            peer.send(
                    header(3),
                    peer.frame(1, 0, RawPeer.plain("alice", "wonder")),
                    header(0),
                    peer.frame(0, 0, RawPeer.openPerformative()),
                    peer.frame(0, 0, RawPeer.beginPerformative()));
            await(() -> !answers.isEmpty());
            assertThat(loopback.container.peers).isEmpty();

            loopback.runOnServer(() -> answers.element().accept(null));

            peer.read(8);
            peer.expect(SaslMechanisms.class);
            assertThat(peer.expect(SaslOutcome.class).getCode().getValue().intValue())
                    .isZero();
            peer.read(8);
            peer.expect(Open.class);
            peer.expect(Begin.class);
        }
    }

    static Stream<byte[]> wrongPlain() {
        return Stream.of(
                        "\0alice\0wrong",
                        "\0mallory\0wonder",
                        "alice\0wonder",
                        "",
                        "\0\0",
                        "\0\0wonder",
                        "\0alice\0wonder\0")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource("wrongPlain")
    @Spec("5.3.3.6/auth")
    void refusesWrongOrMalformedPlain(byte[] response) {
        try (var peer = raw()) {
            peer.send(header(3), peer.frame(1, 0, RawPeer.saslInit("PLAIN", response)));
            assertRefused(peer);
        }
    }

    @Test
    @Spec("5.3.3.2/unknown-mechanism")
    void refusesMechanismThatIsNotOffered() {
        loopback.users.mechanisms = List.of("PLAIN");
        try (var peer = raw()) {
            peer.send(header(3), peer.frame(1, 0, RawPeer.saslInit("ANONYMOUS")));
            assertRefused(peer);
        }
    }

    private void assertRefused(RawPeer peer) {
        assertThat(peer.read(8)).isEqualTo(header(3));
        peer.expect(SaslMechanisms.class);
        assertThat(peer.expect(SaslOutcome.class).getCode().getValue().intValue())
                .isEqualTo(1);
        peer.expectEnd();
        assertThat(loopback.container.peers).isEmpty();
    }

    @Test
    @Spec({"5.3.2/mechanisms", "5.3.3.1/order"})
    void announcesItsMechanismsBeforeThePeerSaysMoreThanItsHeader() {
        loopback.users.mechanisms = List.of("PLAIN", "ANONYMOUS");
        try (var peer = raw()) {
            peer.send(header(3));
            assertThat(peer.read(8)).isEqualTo(header(3));
            var mechanisms = (SaslMechanisms) peer.readFrame();
            assertThat(Objects.requireNonNull(mechanisms).getSaslServerMechanisms())
                    .extracting(String::valueOf)
                    .containsExactly("PLAIN", "ANONYMOUS");
        }
    }

    @Test
    @Spec("5.3.3.1/not-empty")
    void endsTheConnectionWhereItCouldOfferNothing() {
        loopback.users.mechanisms = List.of();
        try (var peer = raw()) {
            peer.send(header(3));
            assertThat(peer.read(8)).isEqualTo(header(3));
            // No list of mechanisms, not even an empty one.
            peer.expectNothing();
        }
    }

    @Test
    @Spec("5.3.1/ignored")
    void readsPastWhatIsToBeIgnoredInSaslFrames() {
        try (var peer = raw()) {
            byte[] init = peer.frame(1, 0x1234, RawPeer.saslInit("ANONYMOUS"));
            byte[] extended = new byte[init.length + 8];
            System.arraycopy(init, 0, extended, 0, 8);
            java.util.Arrays.fill(extended, 8, 16, (byte) 0xee);
            System.arraycopy(init, 8, extended, 16, init.length - 8);
            extended[3] = (byte) (extended[3] + 8);
            extended[4] = 4;
            peer.send(header(3), extended, header(0), peer.frame(0, 0, RawPeer.openPerformative()));
            peer.read(8);
            peer.expect(SaslMechanisms.class);
            assertThat(peer.expect(SaslOutcome.class).getCode().getValue().intValue())
                    .isZero();
            peer.read(8);
            peer.expect(Open.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BROKEN", "ABSENT"})
    @Spec("5.3.3.6/temporary")
    void tellsThePeerThatItMayTryAgainWhenWeFail(String mechanism) {
        loopback.users.mechanisms = List.of(mechanism);
        try (var peer = raw()) {
            peer.send(header(3), peer.frame(1, 0, RawPeer.saslInit(mechanism)), header(0));
            peer.read(8);
            peer.expect(SaslMechanisms.class);
            assertThat(peer.expect(SaslOutcome.class).getCode().getValue().intValue())
                    .isEqualTo(4);
            peer.expectNothing();
        }
        assertThat(loopback.container.peers).isEmpty();
    }

    @Test
    @Spec("5.3.3.5/additional-data")
    void givesTheMechanismsLastWordWithASuccessOnly() {
        loopback.users.mechanisms = List.of("TALKATIVE", "PLAIN");
        try (var admitted = raw();
                var refused = raw()) {
            admitted.send(header(3), admitted.frame(1, 0, RawPeer.saslInit("TALKATIVE")));
            refused.send(header(3), refused.frame(1, 0, RawPeer.saslInit("PLAIN")));
            assertThat(outcome(admitted).getAdditionalData()).isEqualTo(new Binary(new byte[] {'!'}));
            assertThat(outcome(refused).getAdditionalData()).isNull();
        }
    }

    private static SaslOutcome outcome(RawPeer peer) {
        peer.read(8);
        return peer.expect(SaslOutcome.class);
    }

    @Test
    @Spec("5.1/close")
    void shutsItsHalfAndReadsOnUntilThePeerIsDone() {
        try (var peer = raw()) {
            peer.send(header(3), peer.frame(1, 0, RawPeer.saslInit("NOT-OFFERED")));
            assertThat(outcome(peer).getCode().getValue().intValue()).isEqualTo(1);
            peer.expectNothing();
            // Our half is shut, theirs is still read: a reset would tell otherwise.
            peer.send(header(0));
            peer.expectNothing();
            peer.finish();
        }
    }

    @Test
    @Spec({"5.3.2/order", "5.3.1/type", "5.3.1/size", "5.3.1/empty"})
    void closesAtFramesThatAreNoSasl() {
        try (var longFrame = raw();
                var amqpFrame = raw();
                var emptyFrame = raw();
                var hugeSize = raw();
                var secondSasl = raw()) {
            longFrame.send(header(3), longFrame.frame(1, 0, RawPeer.saslInit("ANONYMOUS", new byte[600])));
            amqpFrame.send(header(3), amqpFrame.frame(0, 0, RawPeer.openPerformative()));
            emptyFrame.send(header(3), emptyFrame.frame(1, 0, null));
            hugeSize.send(header(3), new byte[] {0x7f, -1, -1, -1, 2, 1, 0, 0});
            secondSasl.send(header(3), secondSasl.frame(1, 0, RawPeer.saslInit("ANONYMOUS")), header(3));
            for (var peer : List.of(longFrame, amqpFrame, emptyFrame, hugeSize, secondSasl)) {
                assertThat(peer.read(8)).isEqualTo(header(3));
                peer.expect(SaslMechanisms.class);
                peer.expectEnd();
            }
        }
        assertThat(loopback.container.peers).isEmpty();
    }

    @Test
    void closesPeerThatIsNotDoneInTime() {
        try (var silent = raw();
                var noOpen = raw()) {
            noOpen.saslAnonymous();
            silent.expectEnd();
            noOpen.read(8);
            noOpen.expectEnd();
        }
    }

    @Test
    void closesPeerThatSendsByteByByte() {
        try (var slow = raw()) {
            byte[] bytes = RawPeer.join(header(3), slow.frame(1, 0, RawPeer.saslInit("ANONYMOUS", new byte[200])));
            var next = new int[1];
            // One byte now and then keeps a connection alive only where the deadline moves with it.
            org.awaitility.Awaitility.await()
                    .pollInterval(java.time.Duration.ofMillis(20))
                    .atMost(Loopback.PATIENCE)
                    .until(() -> {
                        if (next[0] < bytes.length - 1) {
                            try {
                                slow.send(new byte[] {bytes[next[0]++]});
                            } catch (java.io.UncheckedIOException gone) {
                                return true;
                            }
                        }
                        return loopback.violations() > 0;
                    });
            assertThat(next[0]).isLessThan(bytes.length - 1);
            slow.expectEnd();
        }
    }

    @Test
    void capsPeersThatHaveNotAuthenticated() {
        try (var capped =
                new Loopback(ListenerOptions.of("127.0.0.1", 0).withConnections(new ConnectionLimits(10, 10, 2)))) {
            var first = new RawPeer(capped.port());
            var second = new RawPeer(capped.port());
            first.send(header(3));
            first.read(8);
            second.send(header(3));
            second.read(8);
            try (var third = new RawPeer(capped.port())) {
                third.expectEnd();
            }
            first.close();
            await(() -> capped.caps.unauthenticated() == 1);
            capped.connect();
            assertThat(capped.caps.unauthenticated()).isEqualTo(1);
            assertThat(capped.caps.total()).isEqualTo(2);
            second.close();
            await(() -> capped.caps.total() == 1);
        }
    }

    @Test
    @Spec("5.3.3.6")
    void clientHearsThatItWasRefused() {
        loopback.connectWithoutWaiting(
                loopback.connectOptions().withUser("alice", "wrong"), OpenParameters.of("client", null));
        await(() -> loopback.client.has("onDisconnected"));
        DisconnectCause cause = Objects.requireNonNull(loopback.client.cause);
        assertThat(cause.kind()).isEqualTo(DisconnectCause.Kind.AUTHENTICATION);
        assertThat(cause.message()).contains("alice").doesNotContain("wrong");
        assertThat(loopback.client.heard).containsExactly("onDisconnected");
    }

    @Test
    void clientComesInByPlain() {
        loopback.connect(loopback.connectOptions().withUser("alice", "wonder"), OpenParameters.of("client", "host"));
        Connection connection = Objects.requireNonNull(loopback.container.peer().connection);
        assertThat(connection.identity()).isEqualTo(new Identity("PLAIN", "alice"));
        assertThat(Objects.requireNonNull(connection.remoteOpen()).hostname()).isEqualTo("host");
    }

    @Test
    void clientHearsThatNobodyListens() {
        int port = loopback.port();
        loopback.server.close().toCompletionStage().toCompletableFuture().join();
        loopback.connectWithoutWaiting(ConnectOptions.of("127.0.0.1", port), OpenParameters.of("client", null));
        await(() -> loopback.client.has("onDisconnected"));
        assertThat(Objects.requireNonNull(loopback.client.cause).kind()).isEqualTo(DisconnectCause.Kind.NETWORK);
    }

    @Test
    void clientGivesUpOnSilentServer() {
        loopback.container.prepare = peer -> peer.onOpened = opened -> {};
        loopback.connectWithoutWaiting(
                loopback.connectOptions().withConnectTimeoutMillis(300), OpenParameters.of("client", null));
        await(() -> loopback.client.has("onDisconnected"));
        assertThat(Objects.requireNonNull(loopback.client.cause).kind()).isEqualTo(DisconnectCause.Kind.NETWORK);
    }
}
