package dev.godwit.broker.cluster.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a greeting says, by tags. Who does not know a tag passes over it, so that newer nodes can say more. Filled and read
 * once, by one thread.
 */
final class GreetingFields {
    static final int VERSIONS = 1;
    static final int VERSION = 2;
    static final int CLUSTER = 3;
    static final int NODE = 4;
    static final int JOURNAL = 5;
    static final int HOST = 6;
    static final int PORT = 7;
    static final int WANTED_NODE = 8;
    static final int MESSAGE_BYTES_MAX = 9;
    static final int PARTIAL_BYTES_MAX = 10;
    static final int REASON = 11;
    static final int TEXT = 12;
    static final int FRAME_BYTES_MAX = 13;
    static final int CLUSTER_ID = 14;

    private static final int FIELD_HEADER_BYTES = 3;
    private static final int UUID_BYTES = 16;

    private final TreeMap<Integer, byte[]> byTag = new TreeMap<>();

    void putNumber(int tag, int number) {
        byTag.put(tag, ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
    }

    void putText(int tag, String text) {
        byTag.put(tag, text.getBytes(UTF_8));
    }

    void putVersions(VersionRange versions) {
        byTag.put(VERSIONS, new byte[] {(byte) versions.min(), (byte) versions.max()});
    }

    void putNode(NodeIdentity node) {
        putText(CLUSTER, node.cluster());
        putText(NODE, node.nodeId());
        putId(JOURNAL, node.journalId());
        putText(HOST, node.address().host());
        putNumber(PORT, node.address().port());
    }

    private void putId(int tag, UUID id) {
        byTag.put(
                tag,
                ByteBuffer.allocate(UUID_BYTES)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .array());
    }

    /** Nothing is said when there is none. */
    void putClusterId(@Nullable UUID clusterId) {
        if (clusterId != null) {
            putId(CLUSTER_ID, clusterId);
        }
    }

    int bytes() {
        return byTag.values().stream()
                .mapToInt(value -> FIELD_HEADER_BYTES + value.length)
                .sum();
    }

    void writeTo(ByteBuf out) {
        byTag.forEach(
                (tag, value) -> out.writeByte(tag).writeShort(value.length).writeBytes(value));
    }

    static GreetingFields read(ByteBuf in) throws LinkViolation {
        var fields = new GreetingFields();
        while (in.isReadable()) {
            if (in.readableBytes() < FIELD_HEADER_BYTES) {
                throw LinkViolation.of("a greeting that ends within a field");
            }
            int tag = in.readUnsignedByte();
            int length = in.readUnsignedShort();
            if (length > in.readableBytes()) {
                throw LinkViolation.of("a greeting that ends within a field");
            }
            var value = new byte[length];
            in.readBytes(value);
            if (fields.byTag.put(tag, value) != null) {
                throw LinkViolation.of("a greeting that says something twice");
            }
        }
        return fields;
    }

    int number(int tag) throws LinkViolation {
        return value(tag, Integer.BYTES).getInt();
    }

    String text(int tag) throws LinkViolation {
        var value = byTag.get(tag);
        if (value == null) {
            throw missing(tag);
        }
        return new String(value, UTF_8);
    }

    VersionRange versions() throws LinkViolation {
        var value = value(VERSIONS, 2);
        return new VersionRange(value.get() & 0xff, value.get() & 0xff);
    }

    NodeIdentity node() throws LinkViolation {
        return new NodeIdentity(text(CLUSTER), text(NODE), id(JOURNAL), new NodeAddress(text(HOST), number(PORT)));
    }

    @Nullable
    UUID clusterId() throws LinkViolation {
        return byTag.containsKey(CLUSTER_ID) ? id(CLUSTER_ID) : null;
    }

    private UUID id(int tag) throws LinkViolation {
        var value = value(tag, UUID_BYTES);
        return new UUID(value.getLong(), value.getLong());
    }

    private ByteBuffer value(int tag, int length) throws LinkViolation {
        var value = byTag.get(tag);
        if (value == null || value.length != length) {
            throw missing(tag);
        }
        return ByteBuffer.wrap(value);
    }

    private static LinkViolation missing(int tag) {
        return LinkViolation.of("a greeting whose field " + tag + " is missing, or of another length");
    }
}
