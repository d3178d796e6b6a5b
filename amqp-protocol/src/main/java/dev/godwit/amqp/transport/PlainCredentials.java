package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Authenticator.Credentials;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.qpid.proton.amqp.Binary;
import org.jspecify.annotations.Nullable;

/** The message of the PLAIN mechanism: authorization id, user and password, with zero bytes between (RFC 4616). */
final class PlainCredentials {
    private PlainCredentials() {}

    /** Null when it is anything but three UTF-8 fields with a user in the second. */
    static Credentials.@Nullable Plain parse(@Nullable Binary response) {
        if (response == null) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(response.getArray(), response.getArrayOffset(), response.getLength());
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
        return new Credentials.Plain(fields.get(0), fields.get(1), fields.get(2));
    }

    static Binary of(String user, String password) {
        return new Binary(('\0' + user + '\0' + password).getBytes(StandardCharsets.UTF_8));
    }
}
