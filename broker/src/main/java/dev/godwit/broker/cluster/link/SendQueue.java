package dev.godwit.broker.cluster.link;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * What waits to be sent over a link: first what is urgent, then the channels in turn, a frame's worth each, so that a large
 * message holds up the others for one frame at a time. No more messages are begun at once than the peer is willing to hold.
 * Owned by the loop of the links; to be cleared.
 */
final class SendQueue {
    private static final int OVERHEAD_BYTES = 64;
    private static final int URGENT_BYTES_MAX = 1 << 20;

    private final int ownFrameBytesMax;
    private final int bytesMax;
    private final ArrayDeque<Outgoing> urgent = new ArrayDeque<>();
    private final Map<LinkChannel, Line> lines = new HashMap<>();
    private final ArrayDeque<Line> turns = new ArrayDeque<>();
    private int frameBytesMax;
    private int partialBytesMax;
    private long urgentBytes;
    private long bytes;
    /** Of messages that have begun and not ended, as the peer charges for them. */
    private long begunBytes;

    SendQueue(int frameBytesMax, int bytesMax) {
        ownFrameBytesMax = frameBytesMax;
        this.frameBytesMax = frameBytesMax;
        this.bytesMax = bytesMax;
    }

    /** What the peer takes in a frame, and holds of messages that have not come whole; said while nothing waits. */
    void limit(int peersFrameBytesMax, int peersPartialBytesMax) {
        frameBytesMax = Math.min(ownFrameBytesMax, peersFrameBytesMax);
        partialBytesMax = peersPartialBytesMax;
    }

    /** Payload of the largest frame that both ends take. */
    int frameBytesMax() {
        return frameBytesMax;
    }

    /**
     * Takes ownership of the payload if it is taken; false when there is no room. With a quarter taken, there is room for any message:
     * where others go on sending, the queue is never empty.
     */
    boolean add(LinkChannel channel, ByteBuf payload) {
        int size = payload.readableBytes() + OVERHEAD_BYTES;
        if (bytes > bytesMax / 4 && bytes + size > bytesMax) {
            return false;
        }
        bytes += size;
        Line line = lines.computeIfAbsent(channel, Line::new);
        if (line.waiting.isEmpty()) {
            turns.add(line);
        }
        line.waiting.add(new Outgoing(channel, payload));
        return true;
    }

    /** The same for a message that goes before all of these. */
    boolean addUrgent(LinkChannel channel, ByteBuf payload) {
        int size = payload.readableBytes() + OVERHEAD_BYTES;
        if (urgentBytes + size > URGENT_BYTES_MAX) {
            return false;
        }
        urgentBytes += size;
        urgent.add(new Outgoing(channel, payload));
        return true;
    }

    /** Gives the sink frames until it has enough, or there are no more. */
    void writeTo(FrameSink sink) {
        while (sink.isWritable() && !urgent.isEmpty()) {
            Outgoing next = urgent.remove();
            urgentBytes -= next.payload.readableBytes() + OVERHEAD_BYTES;
            next.write(sink, FrameCodec.URGENT, frameBytesMax);
            next.payload.release();
        }
        while (sink.isWritable() && !turns.isEmpty()) {
            writeTurn(nextLine(), sink);
        }
    }

    /** The channel whose turn it is; one that would begin a message for which the peer has no room now is passed over. */
    private Line nextLine() {
        Line first = turns.remove();
        Line line = first;
        while (!mayGoOn(line)) {
            turns.add(line);
            line = turns.remove();
            if (line == first) {
                throw new IllegalStateException("messages have begun, and nobody goes on with them");
            }
        }
        return line;
    }

    private boolean mayGoOn(Line line) {
        Outgoing next = line.waiting.element();
        return next.begun
                || next.totalBytes <= frameBytesMax
                || begunBytes == 0
                || begunBytes + PartialMessages.charge(next.totalBytes) <= partialBytesMax;
    }

    private void writeTurn(Line line, FrameSink sink) {
        int written = 0;
        while (written < frameBytesMax && !line.waiting.isEmpty() && sink.isWritable() && mayGoOn(line)) {
            Outgoing next = line.waiting.element();
            if (!next.begun && next.payload.readableBytes() > frameBytesMax) {
                begunBytes += PartialMessages.charge(next.totalBytes);
            }
            int payloadBytes = next.write(sink, 0, frameBytesMax);
            written += payloadBytes + OVERHEAD_BYTES;
            bytes -= payloadBytes;
            if (!next.payload.isReadable()) {
                end(line, next);
            }
        }
        if (line.waiting.isEmpty()) {
            lines.remove(line.channel);
        } else {
            turns.add(line);
        }
    }

    private void end(Line line, Outgoing ended) {
        line.waiting.remove();
        bytes -= OVERHEAD_BYTES;
        if (ended.totalBytes > frameBytesMax) {
            begunBytes -= PartialMessages.charge(ended.totalBytes);
        }
        ended.payload.release();
    }

    /** What waits, what is urgent left aside. */
    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return urgent.isEmpty() && turns.isEmpty();
    }

    /** Drops all; says how many messages these were. */
    int clear() {
        int dropped = urgent.size();
        urgent.forEach(each -> each.payload.release());
        urgent.clear();
        for (Line line : turns) {
            dropped += line.waiting.size();
            line.waiting.forEach(each -> each.payload.release());
        }
        turns.clear();
        lines.clear();
        urgentBytes = 0;
        bytes = 0;
        begunBytes = 0;
        return dropped;
    }

    /** What waits on one channel, at least one message. */
    private static final class Line {
        private final LinkChannel channel;
        private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();

        Line(LinkChannel channel) {
            this.channel = channel;
        }
    }

    private static final class Outgoing {
        private final LinkChannel channel;
        private final ByteBuf payload;
        private final int totalBytes;
        private boolean begun;

        Outgoing(LinkChannel channel, ByteBuf payload) {
            this.channel = channel;
            this.payload = payload;
            totalBytes = payload.readableBytes();
        }

        /** Writes the next frame of it; answers the payload's size. */
        int write(FrameSink sink, int flags, int frameBytesMax) {
            int left = payload.readableBytes();
            int frameBytes = Math.min(left, frameBytesMax);
            int allFlags = begun ? flags : flags | FrameCodec.FIRST;
            begun = true;
            sink.write(
                    FrameType.DATA,
                    allFlags,
                    channel.kind().code(),
                    channel.number(),
                    left,
                    payload.readRetainedSlice(frameBytes));
            return frameBytes;
        }
    }
}
