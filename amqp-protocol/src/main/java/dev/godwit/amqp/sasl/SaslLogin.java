package dev.godwit.amqp.sasl;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * With what a client can log in, and by what it wants to. Immutable.
 *
 * @param user null to come in as nobody, or as whom a token or a certificate says
 * @param tokens asked for a token at each login, on a thread that may block; null without tokens
 * @param mechanisms those that may be used; empty for all that can work with what there is
 */
public record SaslLogin(
        @Nullable String user,
        @Nullable String password,
        @Nullable Supplier<String> tokens,
        List<SaslMechanism> mechanisms) {
    /** As nobody, by whatever the server offers for that. */
    public static final SaslLogin NOBODY = new SaslLogin(null, null, null, List.of());

    public SaslLogin {
        mechanisms = List.copyOf(mechanisms);
    }

    /** With a user's password. */
    public static SaslLogin of(String user, String password) {
        return new SaslLogin(user, password, null, List.of());
    }

    public SaslLogin withMechanisms(List<SaslMechanism> newMechanisms) {
        return new SaslLogin(user, password, tokens, newMechanisms);
    }

    /**
     * The strongest of what a server offers, what is allowed and what can work.
     *
     * @param hasCertificate whether the client has shown a certificate of its own
     * @return null when there is none
     */
    public @Nullable SaslMechanism choose(List<String> offered, boolean hasCertificate) {
        for (SaslMechanism mechanism : SaslMechanism.values()) {
            if (offered.contains(mechanism.text())
                    && (mechanisms.isEmpty() || mechanisms.contains(mechanism))
                    && mechanism.isPossible(this, hasCertificate)) {
                return mechanism;
            }
        }
        return null;
    }

    String passwordOrEmpty() {
        return password == null ? "" : password;
    }

    /** Leaves the secrets out: they do not belong in a log. */
    @Override
    public String toString() {
        return "SaslLogin[user=" + user + ", mechanisms=" + mechanisms + "]";
    }
}
