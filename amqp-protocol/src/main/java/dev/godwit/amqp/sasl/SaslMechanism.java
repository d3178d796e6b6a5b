package dev.godwit.amqp.sasl;

import dev.godwit.amqp.container.PlainResponse;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The mechanisms that a client of ours knows, the strongest first: in this order it chooses. */
public enum SaslMechanism {
    /** The client's certificate says who it is (RFC 4422, appendix A). */
    EXTERNAL("EXTERNAL"),
    /** Proves that both ends know the password, without sending it (RFC 5802, RFC 7677). */
    SCRAM_SHA_512(ScramHash.SHA_512),
    SCRAM_SHA_256(ScramHash.SHA_256),
    SCRAM_SHA_1(ScramHash.SHA_1),
    /** A token (RFC 7628). */
    OAUTHBEARER("OAUTHBEARER"),
    /** The same in the form that was there before. */
    XOAUTH2("XOAUTH2"),
    /** The password as it is (RFC 4616). */
    PLAIN("PLAIN"),
    /** Nobody (RFC 4505). */
    ANONYMOUS("ANONYMOUS");

    private final String text;
    private final @Nullable ScramHash scram;

    SaslMechanism(String text) {
        this.text = text;
        this.scram = null;
    }

    SaslMechanism(ScramHash scram) {
        this.text = scram.mechanism();
        this.scram = scram;
    }

    /** Its name, as it stands in frames. */
    public String text() {
        return text;
    }

    /** Null when there is none of that name. */
    public static @Nullable SaslMechanism named(String text) {
        for (SaslMechanism mechanism : values()) {
            if (mechanism.text.equals(text)) {
                return mechanism;
            }
        }
        return null;
    }

    /** Whether it sends a token as it is, which whoever reads it can use, too. */
    public boolean sendsToken() {
        return this == OAUTHBEARER || this == XOAUTH2;
    }

    boolean isPossible(SaslLogin login, boolean hasCertificate) {
        return switch (this) {
            case EXTERNAL -> hasCertificate;
            case SCRAM_SHA_512, SCRAM_SHA_256, SCRAM_SHA_1 -> login.user() != null && login.tokens() == null;
            // A password is a token only for who says so.
            case OAUTHBEARER, XOAUTH2 ->
                login.tokens() != null
                        || (login.password() != null && login.mechanisms().contains(this));
            case PLAIN -> login.user() != null && login.tokens() == null;
            case ANONYMOUS -> login.isNobody() || login.mechanisms().contains(this);
        };
    }

    /** Begins to log in. The mechanism must be one that {@link SaslLogin#choose} gave. */
    public SaslExchange begin(SaslLogin login) {
        String user = login.user() == null ? "" : login.user();
        if (scram != null) {
            return new ScramClient(scram, user, login.passwordOrEmpty());
        }
        return switch (this) {
            case OAUTHBEARER, XOAUTH2 -> new BearerClient(this == XOAUTH2, login);
            case PLAIN -> new OneWord(new PlainResponse("", user, login.passwordOrEmpty()).toBytes());
            default -> new OneWord(new byte[0]);
        };
    }

    /** The exchange of a mechanism that has one message. */
    private static final class OneWord implements SaslExchange {
        private final byte[] message;

        OneWord(byte[] message) {
            this.message = message;
        }

        @Override
        public byte[] begin() {
            return message;
        }

        @Override
        public byte[] answer(byte[] challenge) throws SaslFailure {
            // Some servers ask once more for what came with the choice, by an empty challenge.
            if (challenge.length > 0) {
                throw new SaslFailure("the server asks \"" + new String(challenge, StandardCharsets.UTF_8)
                        + "\" where the mechanism has no question");
            }
            return message;
        }

        @Override
        public void admitted(byte @Nullable [] additionalData) {
            // There is nothing to prove.
        }
    }
}
