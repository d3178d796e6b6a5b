package dev.godwit.it;

import com.nimbusds.jose.JOSEException;
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
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerConfiguration.Security;
import dev.godwit.broker.BrokerConfiguration.User;
import dev.godwit.broker.Listener;
import dev.godwit.broker.Scheme;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.broker.security.TokenSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A broker with a listener of each kind, and what clients need to be let in or not: a user's password, certificates of
 * friends and strangers, tokens. For all tests of one class; owned by the test's thread.
 */
public final class GuardedBroker implements BeforeAllCallback, AfterAllCallback {
    public static final String USER = "anna";
    public static final String PASSWORD = "correct, horse=";

    /** The name in the broker's certificate. */
    public static final String HOST = "localhost";

    private static final String ISSUER = "https://issuer.example";
    private static final String AUDIENCE = "godwit";

    /** A listener. */
    public enum Door {
        TCP(Listener.of(Scheme.AMQP, "127.0.0.1", 0)),
        TLS(Listener.of(Scheme.AMQPS, "127.0.0.1", 0)),
        /** Lets in who has a certificate, and nobody else. */
        MUTUAL_TLS(new Listener(Scheme.AMQPS, "127.0.0.1", 0, List.of("EXTERNAL"), ClientCertificates.NEED, List.of())),
        WEB_SOCKET(Listener.of(Scheme.WS, "127.0.0.1", 0)),
        SECURE_WEB_SOCKET(Listener.of(Scheme.WSS, "127.0.0.1", 0)),
        /** Asks for nothing. */
        FOR_ANYBODY(
                new Listener(Scheme.AMQP, "127.0.0.1", 0, List.of("ANONYMOUS"), ClientCertificates.NONE, List.of()));

        private final Listener listener;

        Door(Listener listener) {
            this.listener = listener;
        }

        /** Whether it speaks TLS. */
        public boolean isEncrypted() {
            return listener.scheme().isEncrypted();
        }

        /** Whether AMQP comes in WebSocket messages there. */
        public boolean isWebSocket() {
            return this == WEB_SOCKET || this == SECURE_WEB_SOCKET;
        }
    }

    /** All that exists while tests run. */
    private record Keys(
            Path directory,
            TestAuthority trusted,
            TestAuthority unknown,
            TestAuthority.Signed server,
            TestAuthority.Signed known,
            TestAuthority.Signed stranger,
            RSAKey tokenKey,
            Path tokenKeys) {
        static Keys make() throws IOException {
            var directory = Files.createTempDirectory("godwit-keys");
            var trusted = new TestAuthority(directory, "trusted");
            var unknown = new TestAuthority(directory, "unknown");
            try {
                var tokenKey = new RSAKeyGenerator(2048).keyID("one").generate();
                var tokenKeys = Files.writeString(
                        directory.resolve("jwks.json"), new JWKSet(tokenKey.toPublicJWK()).toString());
                return new Keys(
                        directory,
                        trusted,
                        unknown,
                        trusted.sign("server", "CN=broker", "RSA", HOST),
                        trusted.sign("client", "CN=carla,O=Godwit", "EC"),
                        unknown.sign("stranger", "CN=carla", "EC"),
                        tokenKey,
                        tokenKeys);
            } catch (JOSEException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    /** In the order of the listeners. */
    private static final List<Door> DOORS = List.of(Door.values());

    private final EmbeddedBroker broker = new EmbeddedBroker(this::guarded);
    private @Nullable Keys keys;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        keys = Keys.make();
        broker.beforeAll(context);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        broker.afterAll(context);
        EmbeddedBroker.delete(keys().directory);
    }

    private Keys keys() {
        return Objects.requireNonNull(keys, "no test runs");
    }

    private BrokerConfiguration guarded(BrokerConfiguration defaults) {
        var server = keys().server;
        var files = new TlsFiles(
                List.of(new TlsFiles.KeyFile(server.chainPem(), server.keyPem(), null)),
                new TlsFiles.Trust(authorityPem(), null));
        var further = DOORS.subList(1, DOORS.size()).stream()
                .map(door -> door.listener)
                .toList();
        var tokens = new TokenSettings(keys().tokenKeys.toString(), ISSUER, AUDIENCE, 60, "sub", "groups", 16_384);
        return defaults.withListen(defaults.listen().withTls(files, 60_000).withFurther(further))
                .withSecurity(new Security(Map.of(USER, new User(PasswordHash.hash(PASSWORD), Set.of())), List.of())
                        .withTokens(tokens));
    }

    public int port(Door door) {
        return uri(door).getPort();
    }

    /** Such as {@code wss://127.0.0.1:4711}. */
    public URI uri(Door door) {
        return broker.uris().get(DOORS.indexOf(door));
    }

    /** The certificate of those who sign for the broker and for {@link #known}. */
    public Path authorityPem() {
        try {
            return keys().trusted.authorityPem();
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** The certificate of an authority that has signed nothing here. */
    public Path otherAuthorityPem() throws IOException {
        return keys().unknown.authorityPem();
    }

    /** As {@link #authorityPem}, for clients that take a PKCS#12 file. */
    public Path trustStore() throws IOException {
        return keys().trusted.trustStore();
    }

    /** A client that the broker trusts. */
    public TestAuthority.Signed known() {
        return keys().known;
    }

    /** A client with a certificate that somebody else signed. */
    public TestAuthority.Signed stranger() {
        return keys().stranger;
    }

    /** A token that says who somebody is, and for how long; as long as those are that carry many claims. */
    public String token(String user, long secondsLeft) {
        var token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(),
                new JWTClaimsSet.Builder()
                        .issuer(ISSUER)
                        .audience(AUDIENCE)
                        .subject(user)
                        .claim("roles", "r".repeat(3_000))
                        .expirationTime(Date.from(Instant.now().plusSeconds(secondsLeft)))
                        .build());
        try {
            token.sign(new RSASSASigner(keys().tokenKey));
        } catch (JOSEException impossible) {
            throw new IllegalStateException(impossible);
        }
        return token.serialize();
    }
}
