package dev.godwit.it.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.it.GuardedBroker;
import dev.godwit.it.GuardedBroker.Door;
import dev.godwit.it.TestAuthority;
import io.vertx.amqp.AmqpClient;
import io.vertx.amqp.AmqpClientOptions;
import io.vertx.amqp.AmqpConnection;
import io.vertx.amqp.AmqpMessage;
import io.vertx.amqp.AmqpReceiver;
import io.vertx.amqp.AmqpSender;
import io.vertx.core.Future;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.nio.file.Path;
import java.security.cert.CertPathBuilderException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import javax.security.sasl.AuthenticationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each way in that the Vert.x AMQP client knows: PLAIN, ANONYMOUS, EXTERNAL; over TCP and TLS. */
@Timeout(60)
final class LoginTest {
    @RegisterExtension
    static final GuardedBroker BROKER = new GuardedBroker();

    private static final long SOON_SECONDS = 10;
    private static final int WHOLE_MESSAGE_CHARACTERS = 1 << 20;

    private static AmqpClientOptions options(Door door, String mechanism) {
        return new AmqpClientOptions()
                .setHost(GuardedBroker.HOST)
                .setPort(BROKER.port(door))
                .addEnabledSaslMechanism(mechanism);
    }

    private static AmqpClientOptions trusting(AmqpClientOptions options, Path authority) {
        options.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
        return options.setTrustOptions(new PemTrustOptions().addCertPath(authority.toString()));
    }

    private static AmqpClientOptions known(AmqpClientOptions options) {
        return options.setUsername(GuardedBroker.USER).setPassword(GuardedBroker.PASSWORD);
    }

    private static AmqpClientOptions withCertificate(TestAuthority.Signed of) {
        var keys = new PemKeyCertOptions()
                .addCertPath(of.chainPem().toString())
                .addKeyPath(of.keyPem().toString());
        return trusting(options(Door.MUTUAL_TLS, "EXTERNAL"), BROKER.authorityPem())
                .setKeyCertOptions(keys);
    }

    private static void exchange(AmqpClientOptions options) throws Exception {
        exchange(options, "hello");
    }

    /** Sends a message through a queue, and takes it again. */
    private static void exchange(AmqpClientOptions options, String text) throws Exception {
        var client = AmqpClient.create(options);
        try {
            AmqpConnection connection = done(client.connect());
            AmqpReceiver receiver = done(connection.createDynamicReceiver());
            var messages = new LinkedBlockingQueue<AmqpMessage>();
            receiver.handler(messages::add);
            AmqpSender sender = done(connection.createSender(receiver.address()));
            done(sender.sendWithAck(AmqpMessage.create().withBody(text).build()));
            AmqpMessage message = messages.poll(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(message).isNotNull();
            assertThat(message.bodyAsString()).isEqualTo(text);
        } finally {
            done(client.close());
        }
    }

    @Test
    void getsInByPlainOverTcpAndTls() throws Exception {
        exchange(known(options(Door.TCP, "PLAIN")));
        exchange(
                known(trusting(options(Door.TLS, "PLAIN"), BROKER.authorityPem())),
                "x".repeat(WHOLE_MESSAGE_CHARACTERS));
    }

    @Test
    void staysOutWithAWrongPassword() {
        assertThatThrownBy(() -> exchange(known(options(Door.TCP, "PLAIN")).setPassword("wrong")))
                .hasRootCauseInstanceOf(AuthenticationException.class);
    }

    @Test
    void getsInAsNobodyWhereItMay() throws Exception {
        exchange(options(Door.FOR_ANYBODY, "ANONYMOUS"));
        assertThatThrownBy(() -> exchange(options(Door.TCP, "ANONYMOUS"))).hasMessageContaining("mechanism");
    }

    @Test
    void getsInByItsCertificate() throws Exception {
        exchange(withCertificate(BROKER.known()));
        assertThatThrownBy(() -> exchange(withCertificate(BROKER.stranger()))).isNotNull();
    }

    @Test
    void doesNotBelieveACertificateOfAStranger() {
        assertThatThrownBy(() -> exchange(known(trusting(options(Door.TLS, "PLAIN"), BROKER.otherAuthorityPem()))))
                .hasRootCauseInstanceOf(CertPathBuilderException.class)
                .hasCauseInstanceOf(SSLHandshakeException.class);
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(SOON_SECONDS, TimeUnit.SECONDS);
    }
}
