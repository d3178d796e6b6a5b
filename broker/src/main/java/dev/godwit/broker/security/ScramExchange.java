package dev.godwit.broker.security;

import dev.godwit.amqp.sasl.ScramHash;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of one SCRAM exchange (RFC 5802), without channel binding. It is told what the client sent and says
 * what to answer; a client that breaks the rules is told no more than one with a wrong password. Used by one thread, once.
 */
public final class ScramExchange {
    private static final int NONCE_BYTES = 24;
    private static final int MESSAGE_LENGTH_MAX = 2_048;

    private enum Step {
        /** The client's name and nonce. */
        CLIENT_FIRST,
        /** The client's proof. */
        CLIENT_FINAL,
        /** Decided. */
        OVER
    }

    private final ScramHash hash;
    private final Users users;
    private final Supplier<String> nonces;
    private Step step = Step.CLIENT_FIRST;
    private String user = "";
    private String channelBinding = "";
    private String clientFirstBare = "";
    private String serverFirst = "";
    private String nonce = "";
    private @Nullable ScramKeys keys;
    private boolean admitted;

    public ScramExchange(ScramHash hash, Users users) {
        this(hash, users, ScramExchange::newNonce);
    }

    ScramExchange(ScramHash hash, Users users, Supplier<String> nonces) {
        this.hash = hash;
        this.users = users;
        this.nonces = nonces;
    }

    private static String newNonce() {
        byte[] bytes = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** As whom the client wants to come in; empty before it has said so. */
    public String user() {
        return user;
    }

    /**
     * Takes the client's next message.
     *
     * @return our answer; null when the client is refused
     */
    public byte @Nullable [] onMessage(byte[] message) {
        var text = text(message);
        var current = step;
        step = Step.OVER;
        if (text == null) {
            return null;
        }
        var answer =
                switch (current) {
                    case CLIENT_FIRST -> onClientFirst(text);
                    case CLIENT_FINAL -> onClientFinal(text);
                    case OVER -> null;
                };
        return answer == null ? null : answer.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether the last answer was the last word to a client that is who it says. */
    public boolean isAdmitted() {
        return admitted;
    }

    private static @Nullable String text(byte[] message) {
        if (message.length > MESSAGE_LENGTH_MAX) {
            return null;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(message))
                    .toString();
        } catch (CharacterCodingException notText) {
            return null;
        }
    }

    /** {@code n,[a=authzid],n=user,r=nonce[,…]}. */
    private @Nullable String onClientFirst(String message) {
        // "y": the client would bind to the channel, and knows that we do not offer it; "p": it insists.
        if (!message.startsWith("n,") && !message.startsWith("y,")) {
            return null;
        }
        int end = message.indexOf(',', 2);
        if (end < 0) {
            return null;
        }
        var authorization = message.substring(2, end);
        channelBinding = message.substring(0, end + 1);
        clientFirstBare = message.substring(end + 1);
        var fields = clientFirstBare.split(",", -1);
        // A first field "m=" would be an extension that we must know, and do not.
        if (fields.length < 2 || !fields[0].startsWith("n=") || !fields[1].startsWith("r=")) {
            return null;
        }
        var name = name(fields[0].substring(2));
        var clientNonce = fields[1].substring(2);
        if (name == null || clientNonce.isEmpty() || !isPrintable(clientNonce)) {
            return null;
        }
        // Nobody acts for somebody else.
        if (!authorization.isEmpty() && !authorization.equals("a=" + fields[0].substring(2))) {
            return null;
        }
        user = name;
        keys = users.keys(hash, name);
        nonce = clientNonce + nonces.get();
        serverFirst =
                "r=" + nonce + ",s=" + Base64.getEncoder().encodeToString(keys.salt()) + ",i=" + keys.iterations();
        step = Step.CLIENT_FINAL;
        return serverFirst;
    }

    /** Undoes the escapes of {@code ,} and {@code =}; null for any other use of the latter, and for no name. */
    private static @Nullable String name(String escaped) {
        if (escaped.isEmpty() || escaped.replace("=2C", "").replace("=3D", "").contains("=")) {
            return null;
        }
        return escaped.replace("=2C", ",").replace("=3D", "=");
    }

    private static boolean isPrintable(String text) {
        return text.chars().allMatch(character -> character > ' ' && character < 0x7f);
    }

    /** {@code c=binding,r=nonce[,…],p=proof}. */
    private @Nullable String onClientFinal(String message) {
        int proofAt = message.lastIndexOf(",p=");
        if (proofAt < 0 || keys == null) {
            return null;
        }
        var withoutProof = message.substring(0, proofAt);
        var fields = withoutProof.split(",", -1);
        var binding = Base64.getEncoder().encodeToString(channelBinding.getBytes(StandardCharsets.UTF_8));
        if (fields.length < 2 || !fields[0].equals("c=" + binding) || !fields[1].equals("r=" + nonce)) {
            return null;
        }
        byte[] proof;
        try {
            proof = Base64.getDecoder().decode(message.substring(proofAt + 3));
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
        if (proof.length != hash.bytes()) {
            return null;
        }
        var authMessage = clientFirstBare + "," + serverFirst + "," + withoutProof;
        byte[] clientKey = xor(proof, hash.hmac(keys.storedKey(), authMessage));
        boolean proven = MessageDigest.isEqual(hash.digest(clientKey), keys.storedKey());
        byte[] signature = hash.hmac(keys.serverKey(), authMessage);
        if (!proven || !users.exists(user)) {
            return null;
        }
        admitted = true;
        return "v=" + Base64.getEncoder().encodeToString(signature);
    }

    private static byte[] xor(byte[] left, byte[] right) {
        byte[] result = Arrays.copyOf(left, left.length);
        for (int i = 0; i < result.length; i++) {
            result[i] ^= right[i];
        }
        return result;
    }
}
