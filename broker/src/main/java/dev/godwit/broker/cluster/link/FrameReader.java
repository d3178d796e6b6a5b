package dev.godwit.broker.cluster.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.broker.cluster.link.FrameCodec.Header;
import io.netty.buffer.ByteBuf;

/** Takes frames out of the bytes of one connection, checks them, and joins messages. Owned by the loop of the links. */
final class FrameReader {
    private static final int REASON_BYTES_MAX = 500;

    private final int frameBytesMax;
    private final PartialMessages partial;
    private final LinkCounters counters;
    private final FrameListener listener;

    FrameReader(int frameBytesMax, PartialMessages partial, LinkCounters counters, FrameListener listener) {
        this.frameBytesMax = frameBytesMax;
        this.partial = partial;
        this.counters = counters;
        this.listener = listener;
    }

    /** Takes the whole frames in {@code in}, and leaves what is not whole. */
    void read(ByteBuf in) throws LinkViolation {
        while (listener.isReading() && in.readableBytes() >= FrameCodec.HEADER_BYTES) {
            Header header = FrameCodec.readHeader(in);
            if (header.payloadBytes() > frameBytesMax) {
                throw LinkViolation.of(
                        "a frame of " + header.payloadBytes() + " bytes, where " + frameBytesMax + " are the most");
            }
            if (in.readableBytes() < header.frameBytes()) {
                return;
            }
            FrameCodec.check(in, header);
            counters.onReceived(header.frameBytes());
            in.skipBytes(FrameCodec.HEADER_BYTES);
            take(header, in.readSlice(header.payloadBytes()));
        }
    }

    private void take(Header header, ByteBuf payload) throws LinkViolation {
        switch (FrameType.of(header.type())) {
            case DATA -> takeData(header, payload);
            case PING -> listener.onPing(token(payload));
            case PONG -> listener.onPong(token(payload));
            case BYE ->
                listener.onBye(payload.toString(
                        payload.readerIndex(), Math.min(payload.readableBytes(), REASON_BYTES_MAX), UTF_8));
        }
    }

    private void takeData(Header header, ByteBuf payload) throws LinkViolation {
        var kind = LinkChannel.Kind.of(header.kind());
        if (kind == null || header.number() < 0) {
            throw LinkViolation.of("a channel of kind " + header.kind() + " with the number " + header.number());
        }
        if (header.left() < payload.readableBytes()) {
            throw LinkViolation.of("more of a message than is left of it");
        }
        var channel = new LinkChannel(kind, header.number());
        boolean whole = header.isFirst() && header.left() == payload.readableBytes();
        if (header.isUrgent()) {
            if (!whole) {
                throw LinkViolation.of("a part of an urgent message");
            }
            listener.onMessage(channel, payload);
        } else if (whole && !partial.has(channel)) {
            listener.onMessage(channel, payload);
        } else {
            partial.add(channel, header, payload, listener);
        }
    }

    private static long token(ByteBuf payload) throws LinkViolation {
        if (payload.readableBytes() != Long.BYTES) {
            throw LinkViolation.of("a heartbeat of " + payload.readableBytes() + " bytes");
        }
        return payload.readLong();
    }
}
