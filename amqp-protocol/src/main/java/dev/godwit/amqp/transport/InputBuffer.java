package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that have come and not been taken: the head of a frame whose rest is on its way. Holds only bytes that are
 * there. Owned by the connection's loop.
 */
final class InputBuffer {
    private @Nullable ByteBuf kept;

    /** What was kept, and then {@code data}; takes ownership of it. Give the answer to {@link #keep}. */
    ByteBuf join(ByteBuf data) {
        ByteBuf before = kept;
        if (before == null) {
            return data;
        }
        kept = null;
        before.writeBytes(data);
        data.release();
        return before;
    }

    /** What was kept; null when nothing was. Give the answer to {@link #keep}. */
    @Nullable
    ByteBuf take() {
        ByteBuf before = kept;
        kept = null;
        return before;
    }

    /** Keeps what is left in {@code in}; takes ownership of it. */
    void keep(ByteBuf in) {
        if (in.isReadable()) {
            // A copy of the few bytes left, not a view: that would hold on to the socket's whole buffer.
            ByteBuf copy = in.alloc().buffer(in.readableBytes());
            copy.writeBytes(in);
            kept = copy;
        }
        in.release();
    }

    int readableBytes() {
        return kept == null ? 0 : kept.readableBytes();
    }

    void release() {
        ByteBuf before = take();
        if (before != null) {
            before.release();
        }
    }
}
