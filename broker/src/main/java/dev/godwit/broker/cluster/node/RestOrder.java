package dev.godwit.broker.cluster.node;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** How the active node tells another one to rest: the kind of message, {@value #KIND}, and 1 to rest, 0 to rest no more. Stateless. */
final class RestOrder {
    private static final byte KIND = 2;
    private static final int BYTES = 2;

    private RestOrder() {}

    static ByteBuffer encode(boolean rest) {
        return ByteBuffer.allocate(BYTES).put(KIND).put((byte) (rest ? 1 : 0)).flip();
    }

    /** Null when that is something else. */
    static @Nullable Boolean decode(ByteBuffer message) {
        var bytes = message.duplicate();
        return (bytes.remaining() >= BYTES && bytes.get() == KIND) ? bytes.get() == 1 : null;
    }
}
