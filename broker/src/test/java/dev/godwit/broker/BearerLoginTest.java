package dev.godwit.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.security.TokenSettings;
import dev.godwit.conformance.Spec;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.security.SaslChallenge;
import org.apache.qpid.proton.amqp.security.SaslMechanisms;
import org.apache.qpid.proton.amqp.security.SaslOutcome;
import org.apache.qpid.proton.amqp.security.SaslResponse;
import org.apache.qpid.proton.amqp.transport.Open;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins by OAUTHBEARER (RFC 7628), frame by frame, on a whole broker: few clients speak it. */
class BearerLoginTest {
    private static final String ISSUER = "https://issuer.example";
    private static final byte[] RESPONSE_TO_AN_ERROR = {1};

    private static RSAKey key;

    @TempDir
    private Path directory;

    @BeforeAll
    static void makeKey() throws Exception {
        key = new RSAKeyGenerator(2048).keyID("one").generate();
    }

    private Broker start(String keys) throws Exception {
        var defaults = BrokerConfiguration.defaults(directory.resolve("data")).withPort(0);
        var tokens = new TokenSettings(keys, ISSUER, "godwit", 60, "sub", "groups", 16_384);
        return Broker.start(defaults.withSecurity(defaults.security().withTokens(tokens)), failure -> {});
    }

    private String keyFile() throws Exception {
        var file = directory.resolve("keys.json");
        Files.writeString(file, new JWKSet(key.toPublicJWK()).toString());
        return file.toString();
    }

    private static byte[] initialResponse(String user, long secondsLeft) throws Exception {
        var claims = new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience("godwit")
                .subject(user)
                .expirationTime(Date.from(Instant.now().plusSeconds(secondsLeft)));
        var token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(), claims.build());
        token.sign(new RSASSASigner(key));
        return ("n,a=" + user + ",\u0001auth=Bearer " + token.serialize() + "\u0001\u0001").getBytes(UTF_8);
    }

    /** Announces the mechanism; the server's answer to that comes next. */
    private static void begin(RawPeer peer, byte[] response) {
        peer.send(RawPeer.header(3), peer.frame(1, 0, RawPeer.saslInit("OAUTHBEARER", response)));
        assertThat(peer.read(8)).isEqualTo(RawPeer.header(3));
        assertThat(peer.expect(SaslMechanisms.class).getSaslServerMechanisms())
                .extracting(String::valueOf)
                .contains("OAUTHBEARER");
    }

    private static int code(RawPeer peer) {
        return peer.expect(SaslOutcome.class).getCode().getValue().intValue();
    }

    @Test
    @Spec("5.3.2/outcome")
    void letsTheHolderOfATokenIn() throws Exception {
        try (var broker = start(keyFile());
                var peer = new RawPeer(broker.port())) {
            begin(peer, initialResponse("ann", 300));
            assertThat(code(peer)).isZero();
            peer.send(RawPeer.header(0), peer.frame(0, 0, RawPeer.openPerformative()));
            assertThat(peer.read(8)).isEqualTo(RawPeer.header(0));
            peer.expect(Open.class);
        }
    }

    @Test
    @Spec("5.3.3.6/auth")
    void tellsWhatIsWrongWithATokenBeforeItRefusesIt() throws Exception {
        try (var broker = start(keyFile());
                var peer = new RawPeer(broker.port())) {
            begin(peer, initialResponse("ann", -300));
            var challenge = peer.expect(SaslChallenge.class).getChallenge();
            assertThat(new String(challenge.getArray(), challenge.getArrayOffset(), challenge.getLength(), UTF_8))
                    .contains("invalid_token");
            var response = new SaslResponse();
            response.setResponse(new Binary(RESPONSE_TO_AN_ERROR));
            peer.send(peer.frame(1, 0, response));
            assertThat(code(peer)).isEqualTo(1);
            peer.expectEnd();
        }
    }

    @Test
    @Spec("5.3.3.6/temporary")
    void saysThatItMayBeTriedAgainWhenTheKeysAreOutOfReach() throws Exception {
        int nobodyListens;
        try (var free = new ServerSocket(0)) {
            nobodyListens = free.getLocalPort();
        }
        try (var broker = start("http://127.0.0.1:" + nobodyListens + "/keys");
                var peer = new RawPeer(broker.port())) {
            begin(peer, initialResponse("ann", 300));
            assertThat(code(peer)).isEqualTo(4);
            peer.expectEnd();
        }
    }
}
