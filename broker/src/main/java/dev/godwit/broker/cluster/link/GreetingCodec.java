package dev.godwit.broker.cluster.link;

import dev.godwit.broker.cluster.link.Greeting.Hello;
import dev.godwit.broker.cluster.link.Greeting.Refused;
import dev.godwit.broker.cluster.link.Greeting.Welcome;
import io.netty.buffer.ByteBuf;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Greetings as bytes, the same in all versions of the protocol:
 *
 * <pre>
 *   0  4  magic: G D W L
 *   4  1  kind: 1 hello, 2 welcome, 3 refused
 *   5  1  0
 *   6  2  length of the body
 *   8  4  CRC32C of the 8 bytes before, and of the body
 *  12     body: fields, each a tag (1), a length (2) and so many bytes; {@link GreetingFields}
 * </pre>
 *
 * All numbers are big-endian. Stateless.
 */
final class GreetingCodec {
    static final int HEADER_BYTES = 12;
    static final int BODY_BYTES_MAX = 4_096;
    static final int MAGIC = 'G' << 24 | 'D' << 16 | 'W' << 8 | 'L';

    private static final int HELLO = 1;
    private static final int WELCOME = 2;
    private static final int REFUSED = 3;
    private static final int BEFORE_CHECKSUM_BYTES = 8;
    private static final int TEXT_LENGTH_MAX = 500;

    private GreetingCodec() {}

    static void write(ByteBuf out, Greeting greeting) {
        var fields = new GreetingFields();
        int kind;
        if (greeting instanceof Hello hello) {
            kind = HELLO;
            fields.putVersions(hello.versions());
            fields.putNode(hello.node());
            fields.putText(GreetingFields.WANTED_NODE, hello.wantedNodeId());
            fields.putClusterId(hello.clusterId());
        } else if (greeting instanceof Welcome welcome) {
            kind = WELCOME;
            fields.putNumber(GreetingFields.VERSION, welcome.version());
            fields.putNode(welcome.node());
            fields.putNumber(GreetingFields.FRAME_BYTES_MAX, welcome.frameBytesMax());
            fields.putNumber(GreetingFields.MESSAGE_BYTES_MAX, welcome.messageBytesMax());
            fields.putNumber(GreetingFields.PARTIAL_BYTES_MAX, welcome.partialBytesMax());
            fields.putClusterId(welcome.clusterId());
        } else if (greeting instanceof Refused refused) {
            kind = REFUSED;
            fields.putNumber(GreetingFields.REASON, refused.reason().code());
            fields.putText(GreetingFields.TEXT, shortened(refused.text()));
        } else {
            throw new IllegalStateException("no other greeting there is");
        }
        int start = out.writerIndex();
        out.writeInt(MAGIC).writeByte(kind).writeByte(0).writeShort(fields.bytes());
        out.writeInt(0);
        fields.writeTo(out);
        out.setInt(start + BEFORE_CHECKSUM_BYTES, checksum(out, start, fields.bytes()));
    }

    private static String shortened(String text) {
        return text.length() <= TEXT_LENGTH_MAX ? text : text.substring(0, TEXT_LENGTH_MAX);
    }

    private static int checksum(ByteBuf in, int start, int bodyBytes) {
        var checksum = new CRC32C();
        checksum.update(in.nioBuffer(start, BEFORE_CHECKSUM_BYTES));
        checksum.update(in.nioBuffer(start + HEADER_BYTES, bodyBytes));
        return (int) checksum.getValue();
    }

    /**
     * The greeting at the reader's index; null, and nothing is read, when more has to come first.
     *
     * @throws LinkViolation as soon as it is clear that this is none
     */
    static @Nullable Greeting read(ByteBuf in) throws LinkViolation {
        int start = in.readerIndex();
        for (int i = 0; i < Math.min(in.readableBytes(), Integer.BYTES); i++) {
            if (in.getByte(start + i) != (byte) (MAGIC >>> (24 - 8 * i))) {
                throw LinkViolation.of("does not speak the protocol of nodes");
            }
        }
        if (in.readableBytes() < HEADER_BYTES) {
            return null;
        }
        int bodyBytes = in.getUnsignedShort(start + 6);
        if (bodyBytes > BODY_BYTES_MAX) {
            throw LinkViolation.of("a greeting of " + bodyBytes + " bytes");
        }
        if (in.readableBytes() < HEADER_BYTES + bodyBytes) {
            return null;
        }
        if (checksum(in, start, bodyBytes) != in.getInt(start + BEFORE_CHECKSUM_BYTES)) {
            throw LinkViolation.wrongChecksum("a greeting that has changed on its way");
        }
        int kind = in.getByte(start + Integer.BYTES);
        in.skipBytes(HEADER_BYTES);
        return greeting(kind, GreetingFields.read(in.readSlice(bodyBytes)));
    }

    private static Greeting greeting(int kind, GreetingFields fields) throws LinkViolation {
        try {
            return switch (kind) {
                case HELLO ->
                    new Hello(
                            fields.versions(),
                            fields.node(),
                            fields.text(GreetingFields.WANTED_NODE),
                            fields.clusterId());
                case WELCOME ->
                    new Welcome(
                            fields.number(GreetingFields.VERSION),
                            fields.node(),
                            fields.number(GreetingFields.FRAME_BYTES_MAX),
                            fields.number(GreetingFields.MESSAGE_BYTES_MAX),
                            fields.number(GreetingFields.PARTIAL_BYTES_MAX),
                            fields.clusterId());
                case REFUSED ->
                    new Refused(
                            RefusalReason.of(fields.number(GreetingFields.REASON)), fields.text(GreetingFields.TEXT));
                default -> throw LinkViolation.of("a greeting of kind " + kind);
            };
        } catch (IllegalArgumentException senseless) {
            throw LinkViolation.of("a greeting that makes no sense: " + senseless.getMessage());
        }
    }
}
