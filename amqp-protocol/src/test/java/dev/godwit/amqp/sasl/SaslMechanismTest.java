package dev.godwit.amqp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SaslMechanismTest {
    private static final List<String> ALL =
            Stream.of(SaslMechanism.values()).map(SaslMechanism::text).toList();

    private static String text(byte[] message) {
        return new String(message, UTF_8);
    }

    // The examples of RFC 5802 §5 and RFC 7677 §3.

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "SHA_1 fyko+d2lbbFgONRv9qkxdawL 3rfcNHYJY1ZVvWVs7j QSXCR+Q6sek8bf92"
                        + " v0X8v3Bz2T0CJGbJQyF0X+HI4Ts= rmF9pqV8S7suAoZWja4dJRkFsKQ=",
                "SHA_256 rOprNGfwEbeRWgbNEkqO %hvYDpWUa2RaTCAfuxFIlj)hNlF$k0 W22ZaJ0SNY7soEsUEjb6gQ=="
                        + " dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ= 6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
            })
    void speaksScramAsTheStandardsExamplesDo(
            ScramHash hash, String nonce, String added, String salt, String proof, String signature)
            throws SaslFailure {
        var client = new ScramClient(hash, "user", "pencil", nonce);
        assertThat(text(client.begin())).isEqualTo("n,,n=user,r=" + nonce);
        byte[] answer = client.answer(("r=" + nonce + added + ",s=" + salt + ",i=4096").getBytes(UTF_8));
        assertThat(text(answer)).isEqualTo("c=biws,r=" + nonce + added + ",p=" + proof);
        assertThatThrownBy(() -> client.admitted(null)).isInstanceOf(SaslFailure.class);
        client.admitted(("v=" + signature).getBytes(UTF_8));
    }

    private static ScramClient answered() throws SaslFailure {
        var client = new ScramClient(ScramHash.SHA_256, "user", "pencil", "abc");
        client.begin();
        client.answer("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".getBytes(UTF_8));
        return client;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "v=", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=?", "e=other-error", "nothing"})
    void aServerThatDoesNotKnowThePasswordIsFoundOut(String last) throws SaslFailure {
        var client = answered();
        assertThatThrownBy(() -> client.admitted(last.getBytes(UTF_8))).isInstanceOf(SaslFailure.class);
        var asked = answered();
        assertThatThrownBy(() -> asked.answer(last.getBytes(UTF_8))).isInstanceOf(SaslFailure.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "r=xyz,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "r=abcd,s=?,i=4096",
                "r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=many",
                "r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
                "r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001",
                "r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000",
                "m=ext,r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
            })
    void aServerThatBreaksTheRulesGetsNoProof(String first) {
        var client = new ScramClient(ScramHash.SHA_256, "user", "pencil", "abc");
        client.begin();
        assertThatThrownBy(() -> client.answer(first.getBytes(UTF_8))).isInstanceOf(SaslFailure.class);
    }

    @Test
    void escapesNames() throws SaslFailure {
        assertThat(text(new ScramClient(ScramHash.SHA_512, "a,b=c", "x", "r").begin()))
                .isEqualTo("n,,n=a=2Cb=3Dc,r=r");
        var login = new SaslLogin("a,b", null, () -> "token", List.of(), false);
        assertThat(text(SaslMechanism.OAUTHBEARER.begin(login).begin()))
                .isEqualTo("n,a=a=2Cb,\u0001auth=Bearer token\u0001\u0001");
        assertThat(text(SaslMechanism.XOAUTH2.begin(login).begin()))
                .isEqualTo("user=a,b\u0001auth=Bearer token\u0001\u0001");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "line\nbreak", "\u0001"})
    void sendsNoTokenThatIsNone(String token) {
        var exchange = SaslMechanism.OAUTHBEARER.begin(new SaslLogin(null, null, () -> token, List.of(), false));
        assertThatThrownBy(exchange::begin).isInstanceOf(SaslFailure.class);
    }

    @ParameterizedTest
    @CsvSource({
        "user, password, false, false, SCRAM-SHA-512",
        "user, password, false, true, EXTERNAL",
        "user, password, true, false, OAUTHBEARER",
        ", , true, false, OAUTHBEARER",
        ", , false, true, EXTERNAL",
        ", , false, false, ANONYMOUS"
    })
    void takesTheStrongestThatCanWork(
            @Nullable String user, @Nullable String password, boolean tokens, boolean certificate, String chosen) {
        var login = new SaslLogin(user, password, tokens ? () -> "t" : null, List.of(), false);
        assertThat(login.choose(ALL, certificate, true)).isEqualTo(SaslMechanism.named(chosen));
    }

    @Test
    void takesNothingThatIsNotAllowedOrNotOffered() {
        var user = SaslLogin.of("user", "password");
        assertThat(user.choose(List.of("PLAIN", "SCRAM-SHA-1"), false, true)).isEqualTo(SaslMechanism.SCRAM_SHA_1);
        assertThat(user.choose(List.of("PLAIN", "ANONYMOUS"), false, true)).isEqualTo(SaslMechanism.PLAIN);
        assertThat(user.withMechanisms(List.of(SaslMechanism.SCRAM_SHA_256))
                        .choose(List.of("PLAIN", "ANONYMOUS"), false, true))
                .isNull();
        assertThat(user.choose(List.of("GSSAPI"), false, true)).isNull();
        // A password is no token unless somebody says so.
        assertThat(user.choose(List.of("XOAUTH2"), false, true)).isNull();
        assertThat(user.withMechanisms(List.of(SaslMechanism.XOAUTH2)).choose(List.of("XOAUTH2"), false, true))
                .isEqualTo(SaslMechanism.XOAUTH2);
    }

    @ParameterizedTest
    @CsvSource({"user, ", "user, password", ", token"})
    void whoHasSomethingToLogInWithIsNotLetInAsNobodyByMistake(@Nullable String user, @Nullable String password) {
        var login = new SaslLogin(user, password, null, List.of(), false);

        assertThat(login.choose(List.of("ANONYMOUS"), false, true)).isNull();
        assertThat(login.withMechanisms(List.of(SaslMechanism.ANONYMOUS))
                        .choose(List.of("PLAIN", "ANONYMOUS"), false, true))
                .isEqualTo(SaslMechanism.ANONYMOUS);
        assertThat(SaslLogin.NOBODY.choose(List.of("PLAIN", "ANONYMOUS"), false, false))
                .isEqualTo(SaslMechanism.ANONYMOUS);
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "'', ", ", ''"})
    void anEmptyNameAndPasswordAreNone(@Nullable String user, @Nullable String password) {
        var login = new SaslLogin(user, password, null, List.of(), false);

        assertThat(login).isEqualTo(SaslLogin.NOBODY);
        assertThat(login.choose(List.of("PLAIN", "ANONYMOUS"), false, true)).isEqualTo(SaslMechanism.ANONYMOUS);
        assertThat(new SaslLogin("", "password", null, List.of(), false).choose(List.of("ANONYMOUS"), false, true))
                .isNull();
    }

    @Test
    void aSupplierOfTokensIsNotLetInAsNobodyByMistake() {
        assertThat(new SaslLogin(null, null, () -> "t", List.of(), false).choose(List.of("ANONYMOUS"), false, true))
                .isNull();
    }

    @Test
    void showsATokenToNobodyOnTheWayUnlessThatIsAllowed() {
        var offered = List.of("OAUTHBEARER", "XOAUTH2");
        var login = new SaslLogin(null, null, () -> "t", List.of(), false);
        assertThat(login.choose(offered, false, false)).isNull();
        assertThat(login.choose(offered, false, true)).isEqualTo(SaslMechanism.OAUTHBEARER);
        assertThat(new SaslLogin(null, null, () -> "t", List.of(), true).choose(offered, false, false))
                .isEqualTo(SaslMechanism.OAUTHBEARER);
        // A password by SCRAM shows nothing.
        assertThat(SaslLogin.of("user", "password").choose(List.of("SCRAM-SHA-256"), false, false))
                .isEqualTo(SaslMechanism.SCRAM_SHA_256);
    }
}
