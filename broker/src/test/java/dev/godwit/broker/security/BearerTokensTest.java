package dev.godwit.broker.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.godwit.broker.security.BearerTokens.Holder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BearerTokensTest {
    private static final String ISSUER = "https://issuer.example";

    private static RSAKey key;
    private static RSAKey stranger;

    @TempDir
    private Path directory;

    private BearerTokens tokens;

    @BeforeAll
    static void makeKeys() throws Exception {
        key = new RSAKeyGenerator(2048).keyID("one").generate();
        stranger = new RSAKeyGenerator(2048).keyID("one").generate();
    }

    @BeforeEach
    void open() throws Exception {
        var file = directory.resolve("keys.json");
        Files.writeString(file, new JWKSet(key.toPublicJWK()).toString());
        tokens = new BearerTokens(new TokenSettings(file.toString(), ISSUER, "godwit", 60, "sub", "groups", 16_384));
    }

    @AfterEach
    void close() {
        tokens.close();
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience("godwit")
                .subject("ann")
                .expirationTime(inSeconds(300));
    }

    private static Date inSeconds(long seconds) {
        return Date.from(Instant.now().plusSeconds(seconds));
    }

    private static String signed(RSAKey by, JWTClaimsSet.Builder claims) throws Exception {
        var token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(by.getKeyID()).build(), claims.build());
        token.sign(new RSASSASigner(by));
        return token.serialize();
    }

    private Optional<Holder> check(String token) {
        return check(tokens, token);
    }

    private static Optional<Holder> check(BearerTokens by, String token) {
        var answer = new CompletableFuture<Optional<Holder>>();
        by.check(token, new BearerTokens.Answer() {
            @Override
            public void onChecked(@Nullable Holder holder) {
                answer.complete(Optional.ofNullable(holder));
            }

            @Override
            public void onUnavailable() {
                answer.completeExceptionally(new IllegalStateException("unavailable"));
            }
        });
        return answer.orTimeout(20, TimeUnit.SECONDS).join();
    }

    /** Keys at a web address are fetched once for many tokens, and again for a token by a key that is new. */
    @Test
    void fetchesKeysFromAWebAddress() throws Exception {
        var next = new RSAKeyGenerator(2048).keyID("two").generate();
        var published = new AtomicReference<>(new JWKSet(key.toPublicJWK()));
        var fetched = new AtomicInteger();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/keys", exchange -> {
            fetched.incrementAndGet();
            byte[] body = Objects.requireNonNull(published.get()).toString().getBytes(UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        var address = "http://127.0.0.1:" + server.getAddress().getPort() + "/keys";
        try (var remote = new BearerTokens(new TokenSettings(address, ISSUER, "godwit", 60, "sub", "groups", 16_384))) {
            for (int i = 0; i < 10; i++) {
                assertThat(check(remote, signed(key, claims()))).isPresent();
            }
            assertThat(fetched).hasValue(1);
            published.set(new JWKSet(List.of(key.toPublicJWK(), next.toPublicJWK())));
            assertThat(check(remote, signed(next, claims()))).isPresent();
            assertThat(check(remote, signed(stranger, claims()))).isEmpty();
            assertThat(fetched).hasValue(2);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void refusesNobodyBecauseItsKeysAreOutOfReach() throws Exception {
        int nobodyListens;
        try (var free = new ServerSocket(0)) {
            nobodyListens = free.getLocalPort();
        }
        var address = "http://127.0.0.1:" + nobodyListens + "/keys";
        try (var remote = new BearerTokens(new TokenSettings(address, ISSUER, "godwit", 60, "sub", "groups", 16_384))) {
            var token = signed(key, claims());
            assertThatThrownBy(() -> check(remote, token)).hasMessageContaining("unavailable");
        }
    }

    @Test
    void believesATokenOfTheIssuer() throws Exception {
        assertThat(check(signed(key, claims().claim("groups", List.of("ops", "dev")))))
                .contains(new Holder("ann", Set.of("ops", "dev")));
        assertThat(check(signed(key, claims()))).contains(new Holder("ann", Set.of()));
    }

    @Test
    void allowsForClocksThatDiffer() throws Exception {
        assertThat(check(signed(key, claims().expirationTime(inSeconds(-30))))).isPresent();
        assertThat(check(signed(key, claims().notBeforeTime(inSeconds(30))))).isPresent();
    }

    @Test
    void refusesATokenThatIsOldOrForSomebodyElseOrIncomplete() throws Exception {
        assertThat(check(signed(key, claims().expirationTime(inSeconds(-300))))).isEmpty();
        assertThat(check(signed(key, claims().notBeforeTime(inSeconds(300))))).isEmpty();
        assertThat(check(signed(key, claims().expirationTime(null)))).isEmpty();
        assertThat(check(signed(key, claims().audience("another")))).isEmpty();
        assertThat(check(signed(key, claims().issuer("https://another.example"))))
                .isEmpty();
        assertThat(check(signed(key, claims().subject(null)))).isEmpty();
    }

    @Test
    void refusesATokenThatTheIssuerHasNotSigned() throws Exception {
        assertThat(check(signed(stranger, claims()))).isEmpty();
        assertThat(check(new PlainJWT(claims().build()).serialize())).isEmpty();
        // The public key, used as if it were a shared secret.
        var confused = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims().build());
        confused.sign(new MACSigner(key.toPublicJWK().toJSONString().getBytes(UTF_8)));
        assertThat(check(confused.serialize())).isEmpty();
        assertThat(check("")).isEmpty();
        assertThat(check("a.b.c")).isEmpty();
        assertThat(check("x".repeat(100_000))).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithItsKeys() throws Exception {
        var file = directory.resolve("broken.json");
        Files.writeString(file, "{}");
        var broken = new TokenSettings(file.toString(), ISSUER, "godwit", 60, "sub", "groups", 16_384);
        assertThatThrownBy(() -> new BearerTokens(broken).close())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("broken.json")
                .hasMessageContaining("JWK set");
    }

    @Test
    void readsBothFormsOfTheMessage() {
        var oauth = "n,a=ann,\u0001host=x\u0001auth=Bearer abc\u0001\u0001".getBytes(UTF_8);
        assertThat(BearerMessage.parse(false, oauth)).isEqualTo(new BearerMessage("ann", "abc"));
        assertThat(BearerMessage.parse(false, "n,,\u0001auth=Bearer abc\u0001\u0001".getBytes(UTF_8)))
                .isEqualTo(new BearerMessage("", "abc"));
        assertThat(BearerMessage.parse(true, "user=ann\u0001auth=Bearer abc\u0001\u0001".getBytes(UTF_8)))
                .isEqualTo(new BearerMessage("ann", "abc"));
        assertThat(BearerMessage.parse(true, oauth)).isNull();
        for (var wrong :
                List.of("", "n,,", "n,,\u0001auth=Basic abc\u0001\u0001", "n,,\u0001auth=Bearer \u0001\u0001")) {
            assertThat(BearerMessage.parse(false, wrong.getBytes(UTF_8))).isNull();
        }
    }
}
