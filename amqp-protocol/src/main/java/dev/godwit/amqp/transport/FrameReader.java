package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.AmqpError;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.apache.qpid.proton.amqp.transport.FrameBody;
import org.apache.qpid.proton.amqp.transport.Transfer;

/**
 * Cuts the peer's bytes into AMQP frames and reads their performatives (AMQP 1.0 §2.3). Owned by the connection's loop.
 *
 * <p>Nothing is allocated from a size that a frame only claims: a frame is read when all of it is there, and refused as
 * soon as its first eight bytes are wrong.
 */
final class FrameReader {
    static final int HEADER_BYTES = 8;
    private static final byte[] NO_PAYLOAD = new byte[0];

    private final PerformativeCodec codec;
    private final FrameGuard guard;
    private int maxFrameSizeBytes;

    FrameReader(PerformativeCodec codec, FrameGuard guard, int maxFrameSizeBytes) {
        this.codec = codec;
        this.guard = guard;
        this.maxFrameSizeBytes = maxFrameSizeBytes;
    }

    void setMaxFrameSizeBytes(int bytes) {
        maxFrameSizeBytes = bytes;
    }

    /**
     * Takes all whole frames out of {@code in}, and leaves the head of the next.
     *
     * @throws ProtocolViolation when the bytes are no frames
     */
    void read(ByteBuf in) {
        ByteBuffer bytes = null;
        int base = in.readerIndex();
        while (in.readableBytes() >= HEADER_BYTES && guard.isReading()) {
            int start = in.readerIndex();
            int size = checkedSize(in, start);
            if (in.readableBytes() < size) {
                return;
            }
            int bodyStart = start + bodyOffset(in, start, size);
            int channel = in.getUnsignedShort(start + 6);
            in.skipBytes(size);
            if (bodyStart == start + size) {
                // An empty frame: its only purpose is to be heard.
                continue;
            }
            if (bytes == null) {
                bytes = in.nioBuffer(base, in.writerIndex() - base);
            }
            bytes.limit(start + size - base).position(bodyStart - base);
            readBody(bytes, channel);
        }
        if (in.isReadable(4)) {
            checkedSize(in, in.readerIndex());
        }
    }

    private int checkedSize(ByteBuf in, int start) {
        int size = in.getInt(start);
        if (size < HEADER_BYTES) {
            throw new ProtocolViolation(
                    AmqpError.FRAMING_ERROR, "frame of " + Integer.toUnsignedString(size) + " bytes");
        }
        if (size > maxFrameSizeBytes) {
            throw new ProtocolViolation(
                    AmqpError.FRAMING_ERROR,
                    "frame of " + size + " bytes is over the max-frame-size of " + maxFrameSizeBytes);
        }
        return size;
    }

    private static int bodyOffset(ByteBuf in, int start, int size) {
        int offset = 4 * in.getUnsignedByte(start + 4);
        if (offset < HEADER_BYTES || offset > size) {
            throw new ProtocolViolation(
                    AmqpError.FRAMING_ERROR, "data offset of " + offset + " bytes in a frame of " + size);
        }
        int type = in.getUnsignedByte(start + 5);
        if (type != 0) {
            throw new ProtocolViolation(
                    AmqpError.FRAMING_ERROR, "frame type " + type + " where only AMQP frames may be");
        }
        return offset;
    }

    private void readBody(ByteBuffer bytes, int channel) {
        Object performative;
        try {
            performative = codec.read(bytes);
        } catch (RuntimeException bad) {
            throw new ProtocolViolation(AmqpError.DECODE_ERROR, "performative cannot be read: " + bad.getMessage());
        }
        if (performative instanceof Transfer transfer) {
            byte[] payload = NO_PAYLOAD;
            if (bytes.hasRemaining()) {
                payload = new byte[bytes.remaining()];
                bytes.get(payload);
            }
            guard.onTransfer(transfer, payload, channel);
        } else if (performative instanceof FrameBody body) {
            guard.onFrame(body, channel);
        } else {
            throw new ProtocolViolation(AmqpError.DECODE_ERROR, "frame holds no performative of AMQP");
        }
    }
}
