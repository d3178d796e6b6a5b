package dev.godwit.amqp.container;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The message of the PLAIN mechanism (RFC 4616).
 *
 * @param authorizationId as whom the peer wants to act; empty for itself
 */
public record PlainResponse(String authorizationId, String user, String password) {
    /** Null when it is anything but three UTF-8 fields, parted by zero bytes, with a user in the second. */
    public static @Nullable PlainResponse parse(byte @Nullable [] response) {
        if (response == null) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(response);
        List<String> fields = new ArrayList<>(3);
        while (true) {
            int start = bytes.position();
            while (bytes.hasRemaining() && bytes.get(bytes.position()) != 0) {
                bytes.get();
            }
            ByteBuffer field = bytes.duplicate().limit(bytes.position()).position(start);
            try {
                fields.add(StandardCharsets.UTF_8.newDecoder().decode(field).toString());
            } catch (CharacterCodingException notText) {
                return null;
            }
            if (!bytes.hasRemaining()) {
                break;
            }
            bytes.get();
            if (fields.size() == 3) {
                return null;
            }
        }
        if (fields.size() != 3 || fields.get(1).isEmpty()) {
            return null;
        }
        return new PlainResponse(fields.get(0), fields.get(1), fields.get(2));
    }

    public byte[] toBytes() {
        return (authorizationId + '\0' + user + '\0' + password).getBytes(StandardCharsets.UTF_8);
    }

    /** Leaves the password out: it does not belong in a log. */
    @Override
    public String toString() {
        return "PlainResponse[user=" + user + "]";
    }
}
