package dev.godwit.broker.cluster.hazelcast;

import dev.godwit.broker.cluster.Hint;
import dev.godwit.broker.cluster.HintStamp;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A hint as bytes: epoch (8), index (8), and the value. So nothing of ours is ever an object of Java's on the line. Stateless. */
final class HintBytes {
    private static final int STAMP_BYTES = 16;

    private HintBytes() {}

    static byte[] write(Hint hint) {
        byte[] value = hint.value();
        return ByteBuffer.allocate(STAMP_BYTES + value.length)
                .putLong(hint.stamp().epoch())
                .putLong(hint.stamp().index())
                .put(value)
                .array();
    }

    /** The hint; null when it is none. */
    static @Nullable Hint read(byte @Nullable [] bytes) {
        if (bytes == null || bytes.length < STAMP_BYTES || bytes.length > STAMP_BYTES + Hint.VALUE_BYTES_MAX) {
            return null;
        }
        var in = ByteBuffer.wrap(bytes);
        var stamp = new HintStamp(in.getLong(), in.getLong());
        var value = new byte[in.remaining()];
        in.get(value);
        return new Hint(stamp, value);
    }
}
