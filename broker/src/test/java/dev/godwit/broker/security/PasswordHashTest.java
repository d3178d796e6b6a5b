package dev.godwit.broker.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.sasl.ScramHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
    /** PBKDF2-HMAC-SHA256 of "passwd" with salt "salt", one round: the first 32 bytes of RFC 7914 §11. */
    private static final String RFC_7914 = "pbkdf2-sha256$1$c2FsdA==$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=";

    @Test
    void matchesThePasswordItWasMadeOfAndNoOther() {
        String hash = PasswordHash.hash("corréct horse");
        assertThat(PasswordHash.matches(hash, "corréct horse")).isTrue();
        assertThat(PasswordHash.matches(hash, "correct horse")).isFalse();
        assertThat(PasswordHash.matches(hash, "")).isFalse();
    }

    @Test
    void saltsEveryHashAnew() {
        assertThat(PasswordHash.hash("same")).isNotEqualTo(PasswordHash.hash("same"));
    }

    @Test
    void derivesWhatTheStandardDerives() {
        assertThat(PasswordHash.parse(RFC_7914)).isPresent();
        assertThat(PasswordHash.matches(RFC_7914, "passwd")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "pbkdf2-sha256$x$c2FsdA==$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
                "pbkdf2-sha256$0$c2FsdA==$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
                "pbkdf2-sha256$2000000000$c2FsdA==$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
                "pbkdf2-sha256$1$$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
                "pbkdf2-sha256$1$c2FsdA==$",
                "pbkdf2-sha256$1$***$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=",
                "pbkdf2-sha1$1$c2FsdA==$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw="
            })
    void takesNothingElseForAHash(String text) {
        assertThat(PasswordHash.parse(text)).isEmpty();
        assertThat(PasswordHash.matches(text, "passwd")).isFalse();
    }

    @Test
    void nobodysHashMatchesNothing() {
        var nobody = PasswordHash.ofNobody();

        assertThat(nobody.matches("")).isFalse();
        assertThat(nobody.matches("nobody")).isFalse();
        assertThat(nobody.keys(ScramHash.SHA_256)).isNotNull().satisfies(keys -> assertThat(keys.iterations())
                .isEqualTo(PasswordHash.ITERATIONS));
    }
}
