package dev.godwit.amqp.sasl;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The client's end of OAUTHBEARER (RFC 7628 §3) and XOAUTH2. Asks for a token when it begins. */
final class BearerClient implements SaslExchange {
    private static final char SEPARATOR = 1;

    /** More than a server of ours takes of one. */
    private static final int TOKEN_LENGTH_MAX = 48 * 1024;

    private static final int REFUSAL_LENGTH_MAX = 1_000;

    private final boolean xoauth2;
    private final SaslLogin login;
    private String refusal = "";

    BearerClient(boolean xoauth2, SaslLogin login) {
        this.xoauth2 = xoauth2;
        this.login = login;
    }

    @Override
    public byte[] begin() throws SaslFailure {
        String user = login.user() == null ? "" : login.user();
        String head = xoauth2 ? "user=" + user : "n," + (user.isEmpty() ? "" : "a=" + ScramClient.escaped(user)) + ",";
        String message = head + SEPARATOR + "auth=Bearer " + token() + SEPARATOR + SEPARATOR;
        return message.getBytes(StandardCharsets.UTF_8);
    }

    private String token() throws SaslFailure {
        Supplier<String> tokens = login.tokens();
        String token;
        try {
            token = tokens == null ? login.password() : tokens.get();
        } catch (RuntimeException failed) {
            throw new SaslFailure("the token supplier failed: " + failed, failed);
        }
        if (token == null || token.isBlank()) {
            throw new SaslFailure("the token supplier gave no token");
        }
        if (token.length() > TOKEN_LENGTH_MAX || token.chars().anyMatch(letter -> letter <= ' ' || letter > '~')) {
            throw new SaslFailure("what the token supplier gave, of length " + token.length() + ", is no token");
        }
        return token;
    }

    /** A challenge is the reason of a refusal: the server waits for a word before it ends (RFC 7628 §3.2.3). */
    @Override
    public byte[] answer(byte[] challenge) {
        String reason = new String(challenge, StandardCharsets.UTF_8);
        refusal = reason.substring(0, Math.min(reason.length(), REFUSAL_LENGTH_MAX));
        return xoauth2 ? new byte[0] : new byte[] {SEPARATOR};
    }

    @Override
    public void admitted(byte @Nullable [] additionalData) {
        // The server proves nothing: TLS must have done so.
    }

    @Override
    public String refusal() {
        return refusal;
    }
}
