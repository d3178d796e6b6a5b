package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.conformance.Spec;
import java.nio.file.Path;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Open;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the broker's container says of itself in its open, and whom it turns away (AMQP 1.0 §2.4, §2.7.1). */
class ConnectionRulesTest {
    @TempDir
    Path directory;

    private static Open asking(@Nullable String hostname) {
        var open = RawPeer.openPerformative();
        open.setHostname(hostname);
        return open;
    }

    private static void assertServed(RawBroker broker, @Nullable String hostname) {
        try (var peer = new RawPeer(broker.port())) {
            peer.open(asking(hostname)).send(0, RawPeer.beginPerformative());
            assertThat(peer.readFrame()).as("the answer to %s", hostname).isInstanceOf(Begin.class);
        }
    }

    @Test
    @Spec("2.7.1/hostname")
    void turnsAwayWhoAsksForAHostThatIsNotServedHere() throws Exception {
        try (var broker = new RawBroker(directory, listen -> listen.withHostnames("broker.example", "/"))) {
            for (String served : new String[] {"broker.example", "Broker.EXAMPLE", "vhost:/", "", null}) {
                assertServed(broker, served);
            }
            for (String unknown : new String[] {"elsewhere.example", "vhost:orders", "broker.example.org"}) {
                try (var peer = new RawPeer(broker.port())) {
                    peer.open(asking(unknown));
                    var error = peer.expect(Close.class).getError();
                    assertThat(String.valueOf(error.getCondition())).isEqualTo("amqp:not-found");
                    assertThat(error.getDescription()).contains("'" + unknown + "'");
                }
            }
        }
    }

    @Test
    void servesEveryHostWhenNoneIsNamed() throws Exception {
        try (var broker = new RawBroker(directory)) {
            assertServed(broker, "anything.example");
            assertServed(broker, "vhost:orders");
        }
    }

    @Test
    void doesNotRepeatAHostnameThatHoldsControlCharacters() throws Exception {
        try (var broker = new RawBroker(directory, listen -> listen.withHostnames("broker.example"));
                var peer = new RawPeer(broker.port())) {
            peer.open(asking("else\nwhere"));
            var error = peer.expect(Close.class).getError();
            assertThat(String.valueOf(error.getCondition())).isEqualTo("amqp:not-found");
            assertThat(error.getDescription()).doesNotContain("\n");
        }
    }

    @Test
    @Spec("2.4.5/announce-half")
    void announcesHalfOfTheSilenceThatItBears() throws Exception {
        try (var broker = new RawBroker(directory);
                var peer = new RawPeer(broker.port())) {
            long borne =
                    BrokerConfiguration.defaults(directory).listen().limits().idleTimeoutMillis();
            peer.saslAnonymous().send(0, RawPeer.openPerformative());
            peer.read(8);
            assertThat(peer.expect(Open.class).getIdleTimeOut().longValue()).isEqualTo(borne / 2);
        }
    }
}
