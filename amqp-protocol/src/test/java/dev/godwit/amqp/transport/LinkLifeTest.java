package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.amqp.type.LifetimePolicy;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Received;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.Target;
import dev.godwit.amqp.type.TerminusDurability;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How sessions and links begin and end. */
class LinkLifeTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Loopback loopback = new Loopback();
    private final RecordingPeer client = loopback.client;

    @AfterEach
    void close() {
        loopback.close();
    }

    private SendingLink attachSender(Session session, String name) {
        return loopback.onClient(
                () -> session.attachSender(AttachParameters.of(name, Source.at(null), Target.at("queue")), client));
    }

    private ReceivingLink attachReceiver(Session session, String name) {
        return loopback.onClient(
                () -> session.attachReceiver(AttachParameters.of(name, Source.at("queue"), Target.at(null)), client));
    }

    @Test
    @Spec({"2.7.3", "3.5.3", "3.5.4"})
    void carriesTerminiBothWays() {
        var source = new Source(
                "queue",
                TerminusDurability.UNSETTLED_STATE,
                ExpiryPolicy.NEVER,
                60,
                true,
                LifetimePolicy.DELETE_ON_NO_LINKS,
                DistributionMode.COPY,
                Map.of(
                        Symbol.of("selector"),
                        new DescribedValue(new UnsignedLong(0x0000468C00000004L), "color = 'red'"),
                        Symbol.of("no-local"),
                        new DescribedValue(Symbol.of("apache.org:no-local-filter:list"), List.of(1, "x"))),
                new Outcome.Modified(true, false, Map.of()),
                List.of(Outcome.Accepted.DESCRIPTOR, Outcome.Rejected.DESCRIPTOR),
                List.of(Symbol.of("queue")));
        var target = new Target(
                "elsewhere",
                TerminusDurability.CONFIGURATION,
                ExpiryPolicy.CONNECTION_CLOSE,
                7,
                false,
                LifetimePolicy.DELETE_ON_CLOSE,
                List.of(Symbol.of("topic")));
        var asked = new AttachParameters(
                "link",
                source,
                target,
                SenderSettleMode.SETTLED,
                ReceiverSettleMode.SECOND,
                77,
                List.of(Symbol.of("offered")),
                List.of(Symbol.of("desired")),
                Map.of(Symbol.of("key"), new UnsignedInteger(-1)),
                new UnsettledMap(Map.of(Binary.copyOf(new byte[] {7}), new Received(1, 2)), true));
        var session = loopback.session();
        var server = loopback.container.peer();
        server.onSenderAttach = link -> link.accept(Objects.requireNonNull(link.remoteAttach()), server);

        var link = loopback.onClient(() -> session.attachReceiver(asked, client));

        await(() -> client.has("onAttached link"));
        assertThat(server.senders.get(0).remoteAttach()).isEqualTo(asked);
        assertThat(link.remoteAttach()).isEqualTo(asked);
    }

    @Test
    @Spec("4.5.1")
    void carriesCoordinator() {
        var session = loopback.session();
        var coordinator = new Coordinator(List.of(Symbol.of("amqp:local-transactions")));
        loopback.runOnClient(
                () -> session.attachSender(AttachParameters.of("tx", Source.at(null), coordinator), client));
        var server = loopback.container.peer();
        await(() -> !server.receivers.isEmpty());
        assertThat(Objects.requireNonNull(server.receivers.get(0).remoteAttach())
                        .target())
                .isEqualTo(coordinator);
    }

    @Test
    @Spec("2.6.6")
    void hearsWhenThePeerHasAnsweredADetachOfOurs() {
        var session = loopback.session();
        var sender = attachSender(session, "one");
        var receiver = attachReceiver(session, "two");
        await(() -> client.has("onAttached one") && client.has("onAttached two"));
        loopback.runOnClient(() -> {
            sender.close(null);
            receiver.detach(null);
            client.heard.add("detached");
        });
        await(() -> client.has("onDetachAnswered one") && client.has("onDetachAnswered two"));
        assertThat(client.heard.indexOf("detached")).isLessThan(client.heard.indexOf("onDetachAnswered one"));
        assertThat(client.heard).noneMatch(event -> event.startsWith("onDetached"));
    }

    @Test
    @Spec("2.6.3/refused")
    void refusedAttachIsDetachedAndSessionStaysUsable() {
        loopback.container.prepare = peer -> {
            peer.onReceiverAttach = link -> link.refuse(new ErrorCondition(
                    AmqpError.NOT_FOUND.condition(), "no such queue", Map.of(Symbol.of("queue"), "queue")));
            peer.onSenderAttach = link -> {
                if (link.name().equals("bad")) {
                    link.refuse(AmqpError.INVALID_FIELD.because("bad selector"));
                } else {
                    peer.accept(link);
                }
            };
        };
        var session = loopback.session();
        var refused = attachSender(session, "out");
        await(() -> client.has("onClosed out"));
        assertThat(Objects.requireNonNull(client.error).condition()).isEqualTo(AmqpError.NOT_FOUND.condition());
        assertThat(Objects.requireNonNull(client.error).info()).containsEntry(Symbol.of("queue"), "queue");
        assertThat(Objects.requireNonNull(refused.remoteAttach()).target()).isNull();

        var alsoRefused = attachReceiver(session, "bad");
        await(() -> client.has("onClosed bad"));
        assertThat(Objects.requireNonNull(alsoRefused.remoteAttach()).source()).isNull();

        attachReceiver(session, "good");
        await(() -> client.has("onAttached good"));
        assertThat(client.heard).doesNotContain("onAttached out", "onAttached bad");
        assertThat(loopback.onClient(refused::isAttached)).isFalse();
    }

    @Test
    @Spec("2.6.3")
    void answerMayComeLater() {
        var later = new ArrayList<ReceivingLink>();
        loopback.container.prepare = peer -> peer.onReceiverAttach = later::add;
        var session = loopback.session();
        attachSender(session, "link");
        await(() -> loopback.onServer(later::size) == 1);
        assertThat(client.heard).doesNotContain("onAttached link");
        loopback.runOnServer(() -> loopback.container.peer().accept(later.get(0)));
        await(() -> client.has("onAttached link"));
    }

    @Test
    @Spec({"2.6.4/detach-answered", "2.6.6/close-answered"})
    void tellsDetachFromClose() {
        var session = loopback.session();
        var server = loopback.container.peer();
        var detached = attachSender(session, "detached");
        var closed = attachReceiver(session, "closed");
        await(() -> client.has("onAttached detached") && client.has("onAttached closed"));

        loopback.runOnClient(() -> {
            detached.detach(null);
            closed.close(AmqpError.NOT_ALLOWED.because("enough"));
        });
        await(() -> server.has("onDetached detached") && server.has("onClosed closed"));
        assertThat(Objects.requireNonNull(server.error).description()).isEqualTo("enough");

        // Names and handles are free again.
        attachSender(session, "detached");
        var again = attachReceiver(session, "closed");
        await(() -> client.count("onAttached detached") == 2 && client.count("onAttached closed") == 2);
        assertThat(client.heard).doesNotContain("onDetached detached", "onClosed closed");

        loopback.runOnServer(() -> server.senders.get(1).close(AmqpError.RESOURCE_DELETED.because("queue deleted")));
        await(() -> client.has("onClosed closed"));
        assertThat(Objects.requireNonNull(client.error).condition()).isEqualTo(AmqpError.RESOURCE_DELETED.condition());
        assertThat(loopback.onClient(again::isAttached)).isFalse();
        loopback.runOnServer(() -> server.receivers.get(1).detach(null));
        await(() -> client.has("onDetached detached"));
    }

    @Test
    void nameMayBeTakenAgainAtOnce() {
        var session = loopback.session();
        loopback.runOnClient(() -> {
            for (int i = 0; i < 20; i++) {
                var parameters = AttachParameters.of("same", Source.at(null), Target.at("queue"));
                var link = session.attachSender(parameters, client);
                assertThatThrownBy(() -> session.attachSender(parameters, client))
                        .hasMessageContaining("attached already");
                link.close(null);
            }
        });
        attachSender(session, "same");
        var server = loopback.container.peer();
        await(() -> server.count("onClosed same") == 20 && client.count("onAttached same") == 1);
        assertThat(server.heard).doesNotContain("onDetached same");
    }

    @Test
    @Spec("2.6.1/stolen")
    void laterAttachStealsTheName() {
        try (var peer = new RawPeer(loopback.port())) {
            peer.open().begin().attachSender("link", 0);
            peer.send(0, RawPeer.attachPerformative("link", 1, Role.SENDER));
            var detach = peer.expect(Detach.class);
            assertThat(detach.getHandle().intValue()).isZero();
            assertThat(String.valueOf(detach.getError().getCondition())).isEqualTo("amqp:link:stolen");
            var attach = peer.expect(Attach.class);
            assertThat(attach.getName()).isEqualTo("link");
            var server = loopback.container.peer();
            assertThat(server.heard).contains("onDetached link");
            assertThat(Objects.requireNonNull(server.error).condition()).isEqualTo(AmqpError.STOLEN.condition());
            peer.send(0, RawPeer.transferPerformative(1, 0), (byte) 1);
            await(() -> server.deliveries.size() == 1);
        }
    }

    @Test
    @Spec("2.6.4")
    void detachThatOvertakesTheAnswerIsAnsweredAfterIt() {
        var later = new ArrayList<ReceivingLink>();
        loopback.container.prepare = server -> server.onReceiverAttach = later::add;
        try (var peer = new RawPeer(loopback.port())) {
            peer.open().begin().send(0, RawPeer.attachPerformative("link", 0, Role.SENDER));
            var detach = new Detach();
            detach.setHandle(org.apache.qpid.proton.amqp.UnsignedInteger.ZERO);
            detach.setClosed(true);
            peer.send(0, detach);
            peer.send(0, RawPeer.attachPerformative("fence", 1, Role.RECEIVER));
            assertThat(peer.expect(Attach.class).getName()).isEqualTo("fence");
            var server = loopback.container.peer();
            loopback.runOnServer(() -> server.accept(later.get(0)));
            assertThat(peer.expect(Attach.class).getName()).isEqualTo("link");
            assertThat(peer.expect(Detach.class).getClosed()).isTrue();
            await(() -> server.has("onClosed link"));
        }
    }

    @Test
    @Spec({"2.4.2/pipelined", "2.5.2/end-answered", "2.4.3/answered", "2.6.4"})
    void answersWholeLivesInOnePacket() {
        var opened = new ArrayList<Connection>();
        loopback.container.prepare = server -> server.onOpened = opened::add;
        try (var peer = new RawPeer(loopback.port())) {
            peer.saslAnonymous();
            var detach = new Detach();
            detach.setHandle(org.apache.qpid.proton.amqp.UnsignedInteger.ZERO);
            var packet = new ArrayList<byte[]>();
            packet.add(peer.frame(0, 0, RawPeer.openPerformative()));
            for (int i = 0; i < 2; i++) {
                packet.add(peer.frame(0, 0, RawPeer.beginPerformative()));
                packet.add(peer.frame(0, 0, RawPeer.attachPerformative("link", 0, Role.SENDER)));
                packet.add(peer.frame(0, 0, detach));
                packet.add(peer.frame(0, 0, new End()));
                if (i == 0) {
                    peer.send(packet.toArray(byte[][]::new));
                    packet.clear();
                    // The answer to open comes late, so everything else has to wait for it.
                    await(() -> loopback.onServer(opened::size) == 1);
                    loopback.runOnServer(() -> opened.get(0).open(OpenParameters.of("server", null)));
                    peer.read(8);
                } else {
                    peer.send(packet.toArray(byte[][]::new));
                }
                assertThat(peer.expect(Begin.class).getRemoteChannel().intValue())
                        .isZero();
                assertThat(peer.expect(Attach.class).getName()).isEqualTo("link");
                peer.expect(Detach.class);
                assertThat(peer.expect(End.class).getError()).isNull();
            }
        }
    }

    @Test
    @Spec("2.5.2/connection-end")
    void linksHearNothingOfTheEndOfTheirSession() {
        var session = loopback.session();
        var server = loopback.container.peer();
        var link = attachSender(session, "link");
        await(() -> loopback.onClient(() -> link.credit() > 0));
        loopback.runOnClient(() -> link.send(NOTHING, ByteBuffer.allocate(10), false, null));
        await(() -> server.deliveries.size() == 1);

        loopback.runOnServer(() -> server.sessions.get(0).end(AmqpError.INTERNAL_ERROR.because("over")));
        await(() -> client.has("onEnd"));
        assertThat(Objects.requireNonNull(client.error).description()).isEqualTo("over");
        assertThat(client.heard).doesNotContain("onClosed link", "onDetached link");
        assertThat(loopback.onClient(link::credit)).isZero();
        loopback.runOnServer(() -> server.deliveries.get(0).settle(Outcome.Accepted.INSTANCE));

        var next = loopback.onClient(
                () -> Objects.requireNonNull(client.connection).begin(client));
        attachReceiver(next, "next");
        await(() -> client.has("onAttached next"));
        assertThat(server.heard).doesNotContain("onEnd");
    }

    @Test
    void holdsThousandLinksAndManySessions() {
        var connection = loopback.connect();
        loopback.runOnClient(() -> {
            for (int i = 0; i < 200; i++) {
                var session = connection.begin(client);
                for (int j = 0; j < 5; j++) {
                    session.attachReceiver(
                            AttachParameters.of("link-" + i + "-" + j, Source.at("queue"), Target.at(null)), client);
                }
            }
        });
        var server = loopback.container.peer();
        await(() -> server.senders.size() == 1_000
                && client.heard.stream()
                                .filter(event -> event.startsWith("onAttached"))
                                .count()
                        == 1_000);
        loopback.runOnClient(() -> connection.close(null));
        await(() -> server.has("onDisconnected"));
    }

    @Test
    void senderWaitsForASlowSocketAndGoesOn() {
        int count = 4_000;
        var session = loopback.session();
        var server = loopback.container.peer();
        server.creditForSenders = 10;
        var link = attachReceiver(session, "link");
        await(() -> client.has("onAttached link"));
        var sent = new int[2];
        server.onRoom = room -> {
            while (room.credit() > 0 && sent[0] < count) {
                if (!room.isWritable()) {
                    sent[1]++;
                    return;
                }
                sent[0]++;
                room.send(NOTHING, ByteBuffer.allocate(10_000), true, null);
            }
        };
        loopback.runOnClient(() -> link.addCredit(count));
        await(() -> client.deliveries.size() == count);
        assertThat(loopback.onServer(() -> sent[1])).isPositive();
    }

    @Test
    @Spec("2.6.12")
    void linkThatEndsLeavesNoUnsettledDeliveryInTheEngine() {
        var session = loopback.session();
        var server = loopback.container.peer();
        for (int i = 0; i < 3; i++) {
            var link = attachSender(session, "link");
            await(() -> loopback.onClient(() -> link.credit() > 0));
            int before = server.deliveries.size();
            loopback.runOnClient(() -> {
                for (int j = 0; j < 10; j++) {
                    link.send(NOTHING, ByteBuffer.allocate(10), false, null);
                }
            });
            await(() -> server.deliveries.size() == before + 10);
            loopback.runOnClient(() -> link.detach(null));
            int rounds = i + 1;
            await(() -> server.count("onDetached link") == rounds);
            // Late, for a link that is gone: said to nobody, and harmless.
            loopback.runOnServer(() -> server.deliveries
                    .subList(before, before + 10)
                    .forEach(delivery -> delivery.settle(Outcome.Accepted.INSTANCE)));
        }
        assertThat(client.dispositions).isEmpty();
        assertThat(client.heard).doesNotContain("onDisconnected", "onEnd");
    }
}
