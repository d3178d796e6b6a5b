package dev.godwit.broker.security;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a client sends that has a token: {@code n,a=user,^Aauth=Bearer token^A^A} (OAUTHBEARER, RFC 7628 §3.1), or
 * {@code user=name^Aauth=Bearer token^A^A} (XOAUTH2). Immutable.
 *
 * @param user as whom the client says it comes; empty when it does not say
 */
public record BearerMessage(String user, String token) {
    private static final String SEPARATOR = "\u0001";
    private static final String BEARER = "bearer ";

    /** Null when it is something else. */
    public static @Nullable BearerMessage parse(boolean xoauth2, byte @Nullable [] message) {
        if (message == null) {
            return null;
        }
        try {
            var text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(message))
                    .toString();
            return text.endsWith(SEPARATOR + SEPARATOR) ? parse(xoauth2, text.split(SEPARATOR, -1)) : null;
        } catch (CharacterCodingException notText) {
            return null;
        }
    }

    private static @Nullable BearerMessage parse(boolean xoauth2, String[] fields) {
        var user = xoauth2 ? afterPrefix("user=", fields[0]) : authorizationId(fields[0]);
        String token = null;
        for (int i = 1; i < fields.length; i++) {
            var value = afterPrefix("auth=", fields[i]);
            if (value != null && value.toLowerCase(Locale.ROOT).startsWith(BEARER) && token == null) {
                token = value.substring(BEARER.length()).strip();
            }
        }
        return user == null || token == null || token.isEmpty() ? null : new BearerMessage(user, token);
    }

    /** Of the header {@code n,a=user,}; channel binding is not offered. */
    private static @Nullable String authorizationId(String header) {
        if (!(header.startsWith("n,") || header.startsWith("y,")) || header.length() < 3 || !header.endsWith(",")) {
            return null;
        }
        var id = header.substring(2, header.length() - 1);
        return id.isEmpty() ? "" : afterPrefix("a=", id.replace("=2C", ",").replace("=3D", "="));
    }

    private static @Nullable String afterPrefix(String prefix, String text) {
        return text.startsWith(prefix) ? text.substring(prefix.length()) : null;
    }

    /** Leaves the token out: it does not belong in a log. */
    @Override
    public String toString() {
        return "BearerMessage[user=" + user + "]";
    }
}
