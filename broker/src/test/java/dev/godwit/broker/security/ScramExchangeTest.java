package dev.godwit.broker.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.sasl.ScramHash;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScramExchangeTest {
    /** The example of RFC 7677 §3. */
    private static final String NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
    private static final String CLIENT_FIRST = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private static final String SERVER_FIRST = "r=" + NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    private static final String CLIENT_FINAL = "c=biws,r=" + NONCE + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    private static final Users USERS = new Users(Map.of("user", hash("pencil"), "a,b=c", hash("pencil")));

    private static PasswordHash hash(String password) {
        var sha256 = ScramKeys.derive(ScramHash.SHA_256, password, 4_096, SALT);
        var sha512 = ScramKeys.derive(ScramHash.SHA_512, password, 4_096, SALT);
        var parts = Stream.of(SALT, sha256.storedKey(), sha256.serverKey(), sha512.storedKey(), sha512.serverKey())
                .map(bytes -> Base64.getEncoder().encodeToString(bytes))
                .toList();
        return PasswordHash.parse("scram$4096$" + String.join("$", parts)).orElseThrow();
    }

    private final ScramExchange exchange = new ScramExchange(ScramHash.SHA_256, USERS, () -> SERVER_NONCE);

    private static @Nullable String say(ScramExchange to, String message) {
        byte[] answer = to.onMessage(message.getBytes(UTF_8));
        return answer == null ? null : new String(answer, UTF_8);
    }

    @Test
    void answersAsTheStandardsExampleDoes() {
        assertThat(say(exchange, CLIENT_FIRST)).isEqualTo(SERVER_FIRST);
        assertThat(exchange.isAdmitted()).isFalse();
        assertThat(say(exchange, CLIENT_FINAL)).isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assertThat(exchange.isAdmitted()).isTrue();
        assertThat(exchange.user()).isEqualTo("user");
    }

    @ParameterizedTest
    @EnumSource(names = {"SHA_256", "SHA_512"})
    void letsInWhoKnowsThePasswordAndNobodyElse(ScramHash hash) {
        assertThat(login(hash, "user", "pencil")).isTrue();
        assertThat(login(hash, "user", "pen")).isFalse();
        assertThat(login(hash, "nobody", "pencil")).isFalse();
        assertThat(login(hash, "a=2Cb=3Dc", "pencil")).isTrue();
    }

    /** A client's end, as RFC 5802 §3 has it. */
    private static boolean login(ScramHash hash, String escapedUser, String password) {
        var server = new ScramExchange(hash, USERS);
        var bare = "n=" + escapedUser + ",r=abc";
        var serverFirst = String.valueOf(say(server, "n,," + bare));
        var fields = serverFirst.split(",", -1);
        var salt = Base64.getDecoder().decode(fields[1].substring(2));
        byte[] salted = hash.derive(password, salt, Integer.parseInt(fields[2].substring(2)));
        byte[] clientKey = hash.hmac(salted, "Client Key");
        var withoutProof = "c=biws," + fields[0];
        byte[] signature = hash.hmac(hash.digest(clientKey), bare + "," + serverFirst + "," + withoutProof);
        for (int i = 0; i < signature.length; i++) {
            signature[i] ^= clientKey[i];
        }
        say(server, withoutProof + ",p=" + Base64.getEncoder().encodeToString(signature));
        return server.isAdmitted();
    }

    @Test
    void answersAnUnknownUserAsAKnownOneAndTheSameEachTime() {
        var first = say(new ScramExchange(ScramHash.SHA_512, USERS, () -> "x"), "n,,n=nobody,r=abc");
        var again = say(new ScramExchange(ScramHash.SHA_512, USERS, () -> "x"), "n,,n=nobody,r=abc");
        var other = say(new ScramExchange(ScramHash.SHA_512, USERS, () -> "x"), "n,,n=somebody,r=abc");
        assertThat(first).matches("r=abcx,s=[A-Za-z0-9+/]{22}==,i=\\d+").isEqualTo(again);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    void usesEachNonceOnce() {
        var one = say(new ScramExchange(ScramHash.SHA_256, USERS), CLIENT_FIRST);
        assertThat(say(new ScramExchange(ScramHash.SHA_256, USERS), CLIENT_FIRST))
                .isNotEqualTo(one);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "n",
                "n,",
                "n,,",
                "n,,n=user",
                "n,,r=abc,n=user",
                "n,,n=,r=abc",
                "n,,n=user,r=",
                "n,,n=us=er,r=abc",
                "n,,n=user,r=a b",
                "n,,m=ext,n=user,r=abc",
                "n,a=root,n=user,r=abc",
                "p=tls-unique,,n=user,r=abc",
                "x,,n=user,r=abc"
            })
    void refusesAFirstMessageThatIsNone(String message) {
        assertThat(say(exchange, message)).isNull();
        assertThat(say(exchange, CLIENT_FINAL)).isNull();
        assertThat(exchange.isAdmitted()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "c=biws,r=" + NONCE,
                "c=biws,r=" + NONCE + ",p=",
                "c=biws,r=" + NONCE + ",p=***",
                "c=biws,r=" + NONCE + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVI=",
                "c=eSws,r=" + NONCE + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                "c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
            })
    void refusesAProofThatIsNone(String message) {
        say(exchange, CLIENT_FIRST);
        assertThat(say(exchange, message)).isNull();
        assertThat(exchange.isAdmitted()).isFalse();
        assertThat(say(exchange, CLIENT_FINAL)).as("one attempt each").isNull();
    }

    @Test
    void refusesMessagesTooLong() {
        assertThat(say(exchange, CLIENT_FIRST + "x".repeat(4_000))).isNull();
    }
}
