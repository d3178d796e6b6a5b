package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.godwit.amqp.transport.TlsEndpoint.ClientCertificates;
import dev.godwit.amqp.transport.TlsFiles;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerConfiguration.Listener;
import dev.godwit.broker.BrokerConfiguration.Scheme;
import dev.godwit.broker.BrokerConfiguration.Security;
import dev.godwit.broker.BrokerConfiguration.User;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.broker.security.TokenSettings;
import dev.godwit.conformance.Spec;
import dev.godwit.it.TestAuthority;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way in, and each listener: TCP, TLS, WebSocket and both, as Qpid JMS uses them. */
@Timeout(60)
final class LoginTest {
    private static final String USER = "anna";
    private static final String PASSWORD = "correct, horse=";
    private static final String ISSUER = "https://issuer.example";
    private static final long SOON_MILLIS = 10_000;
    private static final int WHOLE_MESSAGE_BYTES = 1 << 20;

    private static final int TLS = 1;
    private static final int MUTUAL_TLS = 2;
    private static final int WEB_SOCKET = 3;
    private static final int SECURE_WEB_SOCKET = 4;
    private static final int FOR_ANYBODY = 5;

    @TempDir
    private static Path directory;

    private static TestAuthority authority;
    private static TestAuthority.Signed client;
    private static TestAuthority.Signed stranger;
    private static RSAKey tokenKey;
    private static Broker broker;

    @BeforeAll
    static void start() throws Exception {
        authority = new TestAuthority(directory.resolve("keys"), "trusted");
        var server = authority.sign("server", "CN=broker", "RSA", "localhost");
        client = authority.sign("client", "CN=carla,O=Godwit", "EC");
        stranger = new TestAuthority(directory.resolve("keys"), "unknown").sign("stranger", "CN=carla", "EC");
        tokenKey = new RSAKeyGenerator(2048).keyID("one").generate();
        var keys = Files.writeString(directory.resolve("jwks.json"), new JWKSet(tokenKey.toPublicJWK()).toString());
        var defaults = BrokerConfiguration.defaults(directory.resolve("data")).withPort(0);
        var listen = defaults.listen()
                .withTls(
                        new TlsFiles(
                                List.of(new TlsFiles.KeyFile(server.chainPem(), server.keyPem(), null)),
                                new TlsFiles.Trust(authority.authorityPem(), null)),
                        60_000)
                .withFurther(List.of(
                        Listener.of(Scheme.AMQPS, "127.0.0.1", 0),
                        new Listener(Scheme.AMQPS, "127.0.0.1", 0, List.of("EXTERNAL"), ClientCertificates.NEED),
                        Listener.of(Scheme.WS, "127.0.0.1", 0),
                        Listener.of(Scheme.WSS, "127.0.0.1", 0),
                        new Listener(Scheme.AMQP, "127.0.0.1", 0, List.of("ANONYMOUS"), ClientCertificates.NONE)));
        broker = Broker.start(defaults.withListen(listen)
                .withJournal(new BrokerConfiguration.Journal(16 << 20))
                .withSecurity(new Security(Map.of(USER, new User(PasswordHash.hash(PASSWORD), Set.of())), List.of())
                        .withTokens(
                                new TokenSettings(keys.toString(), ISSUER, "godwit", 60, "sub", "groups", 16_384))));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static String uri(int listener, String... options) {
        var uri = broker.uris().get(listener);
        var scheme = uri.replaceFirst("^wss:", "amqpwss:").replaceFirst("^ws:", "amqpws:");
        return scheme.replace("127.0.0.1", "localhost") + "?" + String.join("&", options);
    }

    private static String trust() throws Exception {
        return "transport.trustStoreLocation=" + authority.trustStore() + "&transport.trustStorePassword="
                + TestAuthority.PASSWORD;
    }

    private static String key(TestAuthority.Signed of) {
        return "transport.keyStoreLocation=" + of.pkcs12() + "&transport.keyStorePassword=" + TestAuthority.PASSWORD
                + "&transport.keyAlias=key";
    }

    private static String exchange(String uri, @Nullable String user, @Nullable String password) throws JMSException {
        return exchange(uri, user, password, "hello");
    }

    /** What comes back of a message that goes through a queue. */
    private static String exchange(String uri, @Nullable String user, @Nullable String password, String text)
            throws JMSException {
        try (var connection = new JmsConnectionFactory(uri).createConnection(user, password)) {
            connection.start();
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            var queue = session.createTemporaryQueue();
            var consumer = session.createConsumer(queue);
            session.createProducer(queue).send(session.createTextMessage(text));
            return consumer.receive(SOON_MILLIS).getBody(String.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    @Spec("5.3.2")
    void letsInByEachMechanismWithAPassword(String mechanism) throws Exception {
        var only = "amqp.saslMechanisms=" + mechanism;
        for (int listener : new int[] {0, TLS, WEB_SOCKET, SECURE_WEB_SOCKET}) {
            assertThat(exchange(uri(listener, only, trust()), USER, PASSWORD)).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    @Spec("5.3.3.6")
    void refusesAWrongPasswordAndAnUnknownUserByEachMechanism(String mechanism) throws Exception {
        var only = "amqp.saslMechanisms=" + mechanism;
        assertThatThrownBy(() -> exchange(uri(0, only), USER, "wrong")).isInstanceOf(JMSSecurityException.class);
        assertThatThrownBy(() -> exchange(uri(TLS, only, trust()), "berta", PASSWORD))
                .isInstanceOf(JMSSecurityException.class);
        // Else the next failures would be answered later and later.
        assertThat(exchange(uri(0, only), USER, PASSWORD)).isEqualTo("hello");
    }

    @Test
    void offersNoWayInWithoutAUserUnlessAListenerSaysSo() throws Exception {
        assertThatThrownBy(() -> exchange(uri(0, "amqp.saslMechanisms=ANONYMOUS"), null, null))
                .isInstanceOf(JMSSecurityException.class);
        assertThat(exchange(uri(FOR_ANYBODY), null, null)).isEqualTo("hello");
        assertThatThrownBy(() -> exchange(uri(FOR_ANYBODY, "amqp.saslMechanisms=PLAIN"), USER, PASSWORD))
                .isInstanceOf(JMSSecurityException.class);
    }

    @Test
    @Spec("5.2")
    void aClientsCertificateSaysWhoItIs() throws Exception {
        assertThat(exchange(uri(MUTUAL_TLS, trust(), key(client)), null, null)).isEqualTo("hello");
    }

    @Test
    @Spec("5.2")
    void refusesAClientWithoutACertificateOrWithOneOfAStranger() throws Exception {
        var trust = trust();
        assertThatThrownBy(() -> exchange(uri(MUTUAL_TLS, trust), USER, PASSWORD))
                .isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> exchange(uri(MUTUAL_TLS, trust, key(stranger)), null, null))
                .isInstanceOf(JMSException.class);
    }

    private static String token(String user, long secondsLeft) throws Exception {
        var token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(),
                new JWTClaimsSet.Builder()
                        .issuer(ISSUER)
                        .audience("godwit")
                        .subject(user)
                        // As long as tokens are that carry many claims.
                        .claim("roles", "r".repeat(3_000))
                        .expirationTime(Date.from(Instant.now().plusSeconds(secondsLeft)))
                        .build());
        token.sign(new RSASSASigner(tokenKey));
        return token.serialize();
    }

    @Test
    void aTokenSaysWhoAClientIs() throws Exception {
        var only = "amqp.saslMechanisms=XOAUTH2";
        assertThat(exchange(uri(TLS, only, trust()), "dora", token("dora", 300)))
                .isEqualTo("hello");
        assertThatThrownBy(() -> exchange(uri(TLS, only, trust()), "dora", token("dora", -300)))
                .isInstanceOf(JMSSecurityException.class);
        assertThatThrownBy(() -> exchange(uri(TLS, only, trust()), "dora", token("emil", 300)))
                .isInstanceOf(JMSSecurityException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {TLS, WEB_SOCKET, SECURE_WEB_SOCKET})
    void carriesALargeMessage(int listener) throws Exception {
        var text = "x".repeat(WHOLE_MESSAGE_BYTES);
        assertThat(exchange(uri(listener, trust()), USER, PASSWORD, text)).isEqualTo(text);
    }

    @Test
    void isFoundAtEitherPathOfAWebSocket() throws Exception {
        var atPath = uri(WEB_SOCKET).replace("?", "/amqp?");
        assertThat(exchange(atPath, USER, PASSWORD)).isEqualTo("hello");
    }
}
