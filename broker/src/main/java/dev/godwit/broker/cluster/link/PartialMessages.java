package dev.godwit.broker.cluster.link;

import dev.godwit.broker.cluster.link.FrameCodec.Header;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.HashMap;
import java.util.Map;

/**
 * The messages of one connection that have not come whole: at most one for each channel, and together no more than was agreed.
 * Room is taken as the bytes come, and not as they are announced. Owned by the loop of the links; to be released.
 */
final class PartialMessages {
    /** What each costs besides its bytes: many small ones must not cost more than was agreed. */
    private static final int OVERHEAD_BYTES = 256;

    private final ByteBufAllocator allocator;
    private final int messageBytesMax;
    private final int bytesMax;
    private final Map<LinkChannel, Partial> byChannel = new HashMap<>();
    private long chargedBytes;

    PartialMessages(ByteBufAllocator allocator, int messageBytesMax, int bytesMax) {
        this.allocator = allocator;
        this.messageBytesMax = messageBytesMax;
        this.bytesMax = bytesMax;
    }

    /** How much of what was agreed a message takes, at both ends. */
    static long charge(int totalBytes) {
        return (long) totalBytes + OVERHEAD_BYTES;
    }

    boolean has(LinkChannel channel) {
        return byChannel.containsKey(channel);
    }

    /** One more part; the last one gives the message to the listener. */
    void add(LinkChannel channel, Header header, ByteBuf payload, FrameListener listener) throws LinkViolation {
        Partial partial = header.isFirst() ? begin(channel, header) : byChannel.get(channel);
        if (partial == null || partial.left != header.left() || !payload.isReadable()) {
            throw LinkViolation.of("a part of a message that does not follow the one before");
        }
        partial.left -= payload.readableBytes();
        partial.bytes.writeBytes(payload);
        if (partial.left == 0) {
            byChannel.remove(channel);
            chargedBytes -= charge(partial.totalBytes);
            try {
                listener.onMessage(channel, partial.bytes);
            } finally {
                partial.bytes.release();
            }
        }
    }

    private Partial begin(LinkChannel channel, Header header) throws LinkViolation {
        if (byChannel.containsKey(channel)) {
            throw LinkViolation.of("a message begins within another one of its channel");
        }
        int totalBytes = header.left();
        if (totalBytes > messageBytesMax) {
            throw LinkViolation.of("a message of " + totalBytes + " bytes, where " + messageBytesMax + " are the most");
        }
        if (!byChannel.isEmpty() && chargedBytes + charge(totalBytes) > bytesMax) {
            throw LinkViolation.of("more than " + bytesMax + " bytes of messages at once");
        }
        chargedBytes += charge(totalBytes);
        var begun = new Partial(allocator.directBuffer(2 * header.payloadBytes()), totalBytes);
        byChannel.put(channel, begun);
        return begun;
    }

    /** What is taken of what was agreed. */
    long chargedBytes() {
        return chargedBytes;
    }

    void release() {
        byChannel.values().forEach(each -> each.bytes.release());
        byChannel.clear();
        chargedBytes = 0;
    }

    private static final class Partial {
        private final ByteBuf bytes;
        private final int totalBytes;
        private int left;

        Partial(ByteBuf bytes, int totalBytes) {
            this.bytes = bytes;
            this.totalBytes = totalBytes;
            left = totalBytes;
        }
    }
}
