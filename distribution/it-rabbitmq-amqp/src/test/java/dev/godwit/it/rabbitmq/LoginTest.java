package dev.godwit.it.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.ConnectionBuilder;
import com.rabbitmq.client.amqp.ConnectionSettings;
import com.rabbitmq.client.amqp.Environment;
import com.rabbitmq.client.amqp.impl.AmqpEnvironmentBuilder;
import dev.godwit.it.GuardedBroker;
import dev.godwit.it.GuardedBroker.Door;
import dev.godwit.it.TestAuthority;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each way in that RabbitMQ's client knows: PLAIN, ANONYMOUS, EXTERNAL; over TCP and TLS. */
@Timeout(60)
final class LoginTest {
    @RegisterExtension
    static final GuardedBroker BROKER = new GuardedBroker();

    private static final long SOON_SECONDS = 10;
    private static final int WHOLE_MESSAGE_BYTES = 1 << 20;

    private static Environment environment;

    @BeforeAll
    static void start() {
        environment = new AmqpEnvironmentBuilder().build();
    }

    @AfterAll
    static void stop() {
        environment.close();
    }

    private static ConnectionBuilder at(Door door, String mechanism) {
        var builder = environment.connectionBuilder().host(GuardedBroker.HOST).port(BROKER.port(door));
        builder.recovery().activated(false);
        return builder.saslMechanism(mechanism);
    }

    private static ConnectionBuilder byPassword(Door door, String password) {
        return at(door, ConnectionSettings.SASL_MECHANISM_PLAIN)
                .username(GuardedBroker.USER)
                .password(password);
    }

    private static ConnectionBuilder withKey(TestAuthority.Signed of) throws Exception {
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(of.pkcs12()), TestAuthority.PASSWORD.toCharArray());
        return at(Door.MUTUAL_TLS, ConnectionSettings.SASL_MECHANISM_EXTERNAL)
                .tls()
                .sslContext(context(keys.getKeyManagers()))
                .connection();
    }

    private static SSLContext context(KeyManager... keys) throws Exception {
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store(BROKER.trustStore()));
        var context = SSLContext.getInstance("TLS");
        context.init(keys, trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore store(Path file) throws Exception {
        return KeyStore.getInstance(file.toFile(), TestAuthority.PASSWORD.toCharArray());
    }

    private static void exchange(ConnectionBuilder builder) throws Exception {
        exchange(builder, "hello".getBytes(UTF_8));
    }

    /** Sends a message through a queue, and takes it again. */
    private static void exchange(ConnectionBuilder builder, byte[] body) throws Exception {
        try (var connection = builder.build()) {
            var bodies = new LinkedBlockingQueue<byte[]>();
            var publisher = connection.publisherBuilder().queue("login").build();
            publisher.publish(publisher.message(body), context -> {});
            connection
                    .consumerBuilder()
                    .queue("login")
                    .messageHandler((context, message) -> {
                        context.accept();
                        bodies.add(message.body());
                    })
                    .build();
            assertThat(Arrays.equals(bodies.poll(SOON_SECONDS, TimeUnit.SECONDS), body))
                    .isTrue();
        }
    }

    @Test
    void getsInByPlainOverTcpAndTls() throws Exception {
        exchange(byPassword(Door.TCP, GuardedBroker.PASSWORD));
        exchange(
                byPassword(Door.TLS, GuardedBroker.PASSWORD)
                        .tls()
                        .sslContext(context())
                        .connection(),
                new byte[WHOLE_MESSAGE_BYTES]);
    }

    @Test
    void staysOutWithAWrongPassword() {
        assertThatThrownBy(() -> byPassword(Door.TCP, "wrong").build())
                .isInstanceOf(AmqpException.AmqpSecurityException.class);
    }

    @Test
    void getsInAsNobodyWhereItMay() throws Exception {
        exchange(at(Door.FOR_ANYBODY, ConnectionSettings.SASL_MECHANISM_ANONYMOUS));
        assertThatThrownBy(() -> at(Door.TCP, ConnectionSettings.SASL_MECHANISM_ANONYMOUS)
                        .build())
                .isInstanceOf(AmqpException.class);
    }

    @Test
    void getsInByItsCertificate() throws Exception {
        exchange(withKey(BROKER.known()));
        assertThatThrownBy(() -> withKey(BROKER.stranger()).build()).isInstanceOf(AmqpException.class);
    }

    @Test
    void doesNotBelieveACertificateOfAStranger() throws Exception {
        var nobodysFriend = SSLContext.getInstance("TLS");
        nobodysFriend.init(null, null, null);
        assertThatThrownBy(() -> byPassword(Door.TLS, GuardedBroker.PASSWORD)
                        .tls()
                        .sslContext(nobodysFriend)
                        .connection()
                        .build())
                .isInstanceOf(AmqpException.class)
                .hasStackTraceContaining(SSLHandshakeException.class.getName());
    }
}
