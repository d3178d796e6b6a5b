package dev.godwit.it.badinput;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** What peers send before they are known, right or wrong, as bytes. */
final class SaslBytes {
    static final byte[] SASL_HEADER = {'A', 'M', 'Q', 'P', 3, 1, 0, 0};
    static final byte[] AMQP_HEADER = {'A', 'M', 'Q', 'P', 0, 1, 0, 0};

    /** An open frame of container "x". */
    static final byte[] OPEN = {0, 0, 0, 17, 2, 0, 0, 0, 0, 0x53, 0x10, (byte) 0xc0, 4, 1, (byte) 0xa1, 1, 'x'};

    private static final byte INIT = 0x41;
    private static final byte RESPONSE = 0x43;

    private SaslBytes() {}

    static byte[] join(byte[]... parts) {
        var joined = new ByteArrayOutputStream();
        for (var part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    static byte[] init(String mechanism, byte[] response) {
        byte[] name = mechanism.getBytes(US_ASCII);
        var fields = ByteBuffer.allocate(2 + name.length + 5 + response.length)
                .put((byte) 0xa3)
                .put((byte) name.length)
                .put(name)
                .put((byte) 0xb0)
                .putInt(response.length)
                .put(response);
        return frame(INIT, 2, fields.array());
    }

    static byte[] plain(String user, String password) {
        return init("PLAIN", ("\0" + user + "\0" + password).getBytes(UTF_8));
    }

    static byte[] response(byte[] response) {
        var fields = ByteBuffer.allocate(5 + response.length)
                .put((byte) 0xb0)
                .putInt(response.length)
                .put(response);
        return frame(RESPONSE, 1, fields.array());
    }

    private static byte[] frame(byte descriptor, int count, byte[] fields) {
        int size = 8 + 3 + 9 + fields.length;
        return ByteBuffer.allocate(size)
                .putInt(size)
                .put(new byte[] {2, 1, 0, 0, 0, 0x53, descriptor, (byte) 0xd0})
                .putInt(4 + fields.length)
                .putInt(count)
                .put(fields)
                .array();
    }
}
