package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Waits on a socket for the header of a proxy, before everything else, and then gives way to what comes after it. Owned by
 * the connection's loop.
 */
final class ProxyHeaderHandler extends ByteToMessageDecoder {
    /** Hears how the wait ended: once, or never, when the peer leaves without a word. */
    interface Listener {
        /** Prepares for what comes behind the header; false when that does not matter any more. */
        boolean onHeader(ProxyHeader header);

        void onNoHeader(String reason);
    }

    private final Listener listener;
    private boolean over;

    ProxyHeaderHandler(Listener listener) {
        this.listener = listener;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (over) {
            in.skipBytes(in.readableBytes());
            return;
        }
        try {
            var header = ProxyHeader.read(in);
            if (header != null) {
                over = true;
                if (!listener.onHeader(header)) {
                    in.skipBytes(in.readableBytes());
                } else if (!context.isRemoved()) {
                    context.pipeline().remove(this);
                }
            }
        } catch (ProxyHeaderException none) {
            fail(in, none.reason());
        }
    }

    @Override
    protected void decodeLast(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        super.decodeLast(context, in, out);
        if (!over && in.isReadable()) {
            fail(in, "the peer left in the midst of its PROXY header");
        }
    }

    private void fail(ByteBuf in, String reason) {
        over = true;
        in.skipBytes(in.readableBytes());
        listener.onNoHeader(reason);
    }
}
