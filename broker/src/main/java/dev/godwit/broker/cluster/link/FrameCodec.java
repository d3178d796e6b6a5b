package dev.godwit.broker.cluster.link;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Frames as bytes, what follows the greetings:
 *
 * <pre>
 *   0  4  length of the payload
 *   4  4  CRC32C of the bytes 0 to 3 and 8 to 19, and of the payload
 *   8  1  type: {@link FrameType}
 *   9  1  flags: 1 the first of its message, 2 urgent
 *  10  1  kind of channel; 0 in what is no data
 *  11  1  0
 *  12  4  number of the channel; 0 in what is no data
 *  16  4  how much of the message is left, this payload included; 0 in what is no data
 *  20     payload
 * </pre>
 *
 * All numbers are big-endian. A message longer than a frame is cut up; what of others comes between its parts does not
 * disturb it. An urgent message is one frame. Stateless.
 */
final class FrameCodec {
    static final int HEADER_BYTES = 20;
    static final int FIRST = 1;
    static final int URGENT = 2;

    private static final int CHECKSUM_AT = 4;
    private static final int BEHIND_CHECKSUM = 8;
    private static final int FLAGS_KNOWN = FIRST | URGENT;

    private FrameCodec() {}

    /** The head of a frame. */
    record Header(int payloadBytes, int checksum, int type, int flags, int kind, int number, int left) {
        boolean isFirst() {
            return (flags & FIRST) != 0;
        }

        boolean isUrgent() {
            return (flags & URGENT) != 0;
        }

        int frameBytes() {
            return HEADER_BYTES + payloadBytes;
        }
    }

    /** Writes the header of a frame with that payload, which is to be written behind it, and is not touched. */
    static void writeHeader(ByteBuf out, FrameType type, int flags, int kind, int number, int left, ByteBuf payload) {
        int start = out.writerIndex();
        out.writeInt(payload.readableBytes()).writeInt(0);
        out.writeByte(type.code()).writeByte(flags).writeByte(kind).writeByte(0);
        out.writeInt(number).writeInt(left);
        out.setInt(start + CHECKSUM_AT, checksum(out, start, payload));
    }

    /** The header at the reader's index, which stays; there must be as many bytes. */
    static Header readHeader(ByteBuf in) throws LinkViolation {
        int start = in.readerIndex();
        var header = new Header(
                in.getInt(start),
                in.getInt(start + CHECKSUM_AT),
                in.getUnsignedByte(start + 8),
                in.getUnsignedByte(start + 9),
                in.getUnsignedByte(start + 10),
                in.getInt(start + 12),
                in.getInt(start + 16));
        if (header.payloadBytes < 0) {
            throw LinkViolation.of("a frame of " + Integer.toUnsignedString(header.payloadBytes) + " bytes");
        }
        return header;
    }

    /** Sees that the frame at the reader's index, which stays, has come as it was sent. */
    static void check(ByteBuf in, Header header) throws LinkViolation {
        int start = in.readerIndex();
        if (checksum(in, start, in.slice(start + HEADER_BYTES, header.payloadBytes)) != header.checksum) {
            throw LinkViolation.wrongChecksum("a frame has changed on its way");
        }
        if ((header.flags & ~FLAGS_KNOWN) != 0 || in.getByte(start + 11) != 0) {
            throw LinkViolation.of("a frame with flags that nobody knows");
        }
    }

    private static int checksum(ByteBuf frame, int start, ByteBuf payload) {
        var checksum = new CRC32C();
        checksum.update(frame.nioBuffer(start, CHECKSUM_AT));
        checksum.update(frame.nioBuffer(start + BEHIND_CHECKSUM, HEADER_BYTES - BEHIND_CHECKSUM));
        if (payload.nioBufferCount() == 1) {
            checksum.update(payload.nioBuffer());
        } else {
            for (ByteBuffer piece : payload.nioBuffers()) {
                checksum.update(piece);
            }
        }
        return (int) checksum.getValue();
    }
}
