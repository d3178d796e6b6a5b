package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The eight bytes with which each layer of a connection begins (AMQP 1.0 §2.2, §5.2, §5.3). */
enum ProtocolHeader {
    AMQP(0),
    TLS(2),
    SASL(3);

    static final int BYTES = 8;
    private static final long MAGIC = 0x414d5150_00010000L;
    private static final int ID_SHIFT = 24;

    private final long value;

    ProtocolHeader(int protocolId) {
        value = MAGIC | (long) protocolId << ID_SHIFT;
    }

    void writeTo(ByteBuf out) {
        out.writeLong(value);
    }

    /** The header that {@code in} begins with; null when it is none of ours. Needs eight readable bytes, takes none. */
    static @Nullable ProtocolHeader peek(ByteBuf in) {
        long bytes = in.getLong(in.readerIndex());
        for (ProtocolHeader header : values()) {
            if (header.value == bytes) {
                return header;
            }
        }
        return null;
    }

    /** False as soon as the first bytes, however few, can no longer become a header of ours. */
    static boolean mayBecome(ByteBuf in) {
        int length = Math.min(in.readableBytes(), BYTES);
        for (ProtocolHeader header : values()) {
            boolean matches = true;
            for (int i = 0; i < length && matches; i++) {
                matches = in.getByte(in.readerIndex() + i) == (byte) (header.value >>> (56 - 8 * i));
            }
            if (matches) {
                return true;
            }
        }
        return false;
    }

    /** The first bytes of something that is no header of ours, for a log: as many as a header has. */
    static String printable(ByteBuf in) {
        var text = new StringBuilder();
        for (int i = 0; i < Math.min(BYTES, in.readableBytes()); i++) {
            int character = in.getUnsignedByte(in.readerIndex() + i);
            text.append(character > ' ' && character < 0x7f ? (char) character : '.');
        }
        return text.toString();
    }
}
