package dev.godwit.amqp.message;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Bytes as tests write and read them: hexadecimal, with blanks where they help the eye. */
final class Bytes {
    private Bytes() {}

    static ByteBuffer hex(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    static String hex(ByteBuffer bytes) {
        return HexFormat.of().formatHex(array(bytes));
    }

    static byte[] array(ByteBuffer bytes) {
        var array = new byte[bytes.remaining()];
        bytes.get(bytes.position(), array);
        return array;
    }

    static ByteBuffer direct(ByteBuffer bytes) {
        return ByteBuffer.allocateDirect(bytes.remaining())
                .put(bytes.duplicate())
                .flip();
    }

    /** The same bytes in the middle of a larger buffer. */
    static ByteBuffer embedded(ByteBuffer bytes) {
        var larger = ByteBuffer.allocate(bytes.remaining() + 20);
        larger.position(7).put(bytes.duplicate());
        return larger.flip().position(7);
    }
}
