package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.type.AmqpError;
import io.netty.buffer.ByteBuf;
import org.apache.qpid.proton.amqp.security.SaslFrameBody;
import org.jspecify.annotations.Nullable;

/**
 * Reads SASL frames, of which none may be longer than 512 bytes (AMQP 1.0 §5.3.1), unless our end allows more. Owned by
 * the connection's loop.
 */
final class SaslFrames {
    static final int MAX_BYTES = 512;

    private final PerformativeCodec codec;
    private final int bytesMax;

    SaslFrames(PerformativeCodec codec) {
        this(codec, MAX_BYTES);
    }

    SaslFrames(PerformativeCodec codec, int bytesMax) {
        this.codec = codec;
        this.bytesMax = bytesMax;
    }

    /** The next frame, or null when it is not all there. */
    @Nullable
    SaslFrameBody read(ByteBuf in) {
        if (in.readableBytes() < FrameReader.HEADER_BYTES) {
            return null;
        }
        int start = in.readerIndex();
        int size = in.getInt(start);
        int offset = 4 * in.getUnsignedByte(start + 4);
        int type = in.getUnsignedByte(start + 5);
        if (size < FrameReader.HEADER_BYTES || size > bytesMax) {
            throw violation("SASL frame of " + Integer.toUnsignedString(size) + " bytes");
        }
        if (type != 1) {
            throw violation("frame type " + type + " where only SASL frames may be");
        }
        if (offset < FrameReader.HEADER_BYTES || offset >= size) {
            throw violation("data offset of " + offset + " bytes in a SASL frame of " + size);
        }
        if (in.readableBytes() < size) {
            return null;
        }
        in.skipBytes(size);
        try {
            if (codec.read(in.nioBuffer(start + offset, size - offset)) instanceof SaslFrameBody body) {
                return body;
            }
        } catch (RuntimeException bad) {
            throw violation("SASL frame cannot be read: " + bad.getMessage());
        }
        throw violation("SASL frame holds something else");
    }

    private static ProtocolViolation violation(String description) {
        return new ProtocolViolation(AmqpError.FRAMING_ERROR, description, DisconnectCause.Kind.PROTOCOL);
    }
}
