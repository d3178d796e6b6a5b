package dev.godwit.amqp.message;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Bytes as tests write and read them: hexadecimal, with blanks where they help the eye. Brackets behind a format code
 * stand for the size of what is in them, in one byte or four as the code wants it: {@code a1[616263]} is a string,
 * {@code d0[00000001 41]} a list.
 */
final class Bytes {
    private static final Pattern SIZED = Pattern.compile("([0-9a-f]{2})\\[([0-9a-f]*)]");

    private Bytes() {}

    static ByteBuffer hex(String hex) {
        String plain = hex.replace(" ", "");
        for (var sized = SIZED.matcher(plain); sized.find(); sized = SIZED.matcher(plain)) {
            boolean oneByte = (Integer.parseInt(sized.group(1), 16) & 0x10) == 0;
            String size =
                    String.format(oneByte ? "%02x" : "%08x", sized.group(2).length() / 2);
            plain = plain.substring(0, sized.start())
                    + sized.group(1)
                    + size
                    + sized.group(2)
                    + plain.substring(sized.end());
        }
        return ByteBuffer.wrap(HexFormat.of().parseHex(plain));
    }

    static String hex(ByteBuffer bytes) {
        return HexFormat.of().formatHex(array(bytes));
    }

    static byte[] array(ByteBuffer bytes) {
        var array = new byte[bytes.remaining()];
        bytes.get(bytes.position(), array);
        return array;
    }

    /** Appends what is encoded already. */
    static void put(AmqpEncoder encoder, ByteBuffer encoded) {
        for (int at = encoded.position(); at < encoded.limit(); at++) {
            encoder.putByte(encoded.get(at));
        }
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
