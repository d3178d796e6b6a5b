package dev.godwit.amqp.sasl;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * With what a client can log in, and by what it wants to. Immutable.
 *
 * @param user null to come in as nobody, or as whom a token or a certificate says; an empty name is none (RFC 4616 §2)
 * @param password an empty one without a user is none
 * @param tokens asked for a token at each login, on a thread that may block; null without tokens
 * @param mechanisms those that may be used; empty for all that can work with what there is
 * @param tokensInTheClear sends tokens also where others may read them
 */
public record SaslLogin(
        @Nullable String user,
        @Nullable String password,
        @Nullable Supplier<String> tokens,
        List<SaslMechanism> mechanisms,
        boolean tokensInTheClear) {
    /** As nobody, by whatever the server offers for that. */
    public static final SaslLogin NOBODY = new SaslLogin(null, null, null, List.of(), false);

    public SaslLogin {
        user = user == null || user.isEmpty() ? null : user;
        password = password == null || (user == null && password.isEmpty()) ? null : password;
        mechanisms = List.copyOf(mechanisms);
    }

    /** With a user's password. */
    public static SaslLogin of(String user, String password) {
        return new SaslLogin(user, password, null, List.of(), false);
    }

    public SaslLogin withMechanisms(List<SaslMechanism> newMechanisms) {
        return new SaslLogin(user, password, tokens, newMechanisms, tokensInTheClear);
    }

    /**
     * The strongest of what a server offers, what is allowed and what can work. Who has something to log in with is not let in
     * as nobody by mistake: ANONYMOUS is taken then only if it is among {@link #mechanisms}.
     *
     * @param hasCertificate whether the client has shown a certificate of its own
     * @param encrypted whether nobody on the way can read what is said
     * @return null when there is none
     */
    public @Nullable SaslMechanism choose(List<String> offered, boolean hasCertificate, boolean encrypted) {
        for (SaslMechanism mechanism : SaslMechanism.values()) {
            if (offered.contains(mechanism.text())
                    && (mechanisms.isEmpty() || mechanisms.contains(mechanism))
                    && mechanism.isPossible(this, hasCertificate)
                    && (encrypted || tokensInTheClear || !mechanism.sendsToken())) {
                return mechanism;
            }
        }
        return null;
    }

    /** Whether there is nothing by which a server could know us. */
    boolean isNobody() {
        return user == null && password == null && tokens == null;
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
