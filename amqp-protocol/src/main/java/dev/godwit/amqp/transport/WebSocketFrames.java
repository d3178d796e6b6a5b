package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The frames of a WebSocket (RFC 6455 §5), either end: takes AMQP's bytes out of the peer's as they come, however long the
 * frame they are in, and puts ours into frames. A client's are masked, a server's are not. Owned by the connection's loop.
 *
 * <p>AMQP does not care where a WebSocket's messages begin and end (AMQP WebSocket binding 1.0 §2.4), so nothing is held
 * back here but the head of a frame, and the few bytes of a ping or a close.
 */
final class WebSocketFrames extends ChannelDuplexHandler {
    static final String NAME = "websocket";

    /** Some clients take no longer ones. */
    static final int FRAME_BYTES_MAX = 32 * 1024;

    private static final int CONTROL_BYTES_MAX = 125;
    private static final int HEAD_BYTES_MAX = 14;
    private static final int FINAL = 0x80;
    private static final int RESERVED = 0x70;
    private static final int OPCODE = 0x0f;
    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7f;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;

    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    static final int NORMAL_CLOSURE = 1000;
    private static final int PROTOCOL_ERROR = 1002;
    private static final int UNSUPPORTED_DATA = 1003;

    private final Consumer<String> violations;

    /** Where a client takes its masks from; null at a server. */
    private final @Nullable SecureRandom masks;

    private final int frameBytesMax;
    private final byte[] head = new byte[HEAD_BYTES_MAX];
    private int headBytes;
    private boolean inMessage;
    private boolean inPayload;
    private int opcode;
    private long payloadLeft;
    private int mask;
    private final byte[] control = new byte[CONTROL_BYTES_MAX];
    private int controlBytes;
    private byte @Nullable [] latestPing;
    private boolean pongOnItsWay;
    private boolean closeSent;
    private boolean deaf;

    private WebSocketFrames(Consumer<String> violations, @Nullable SecureRandom masks, int frameBytesMax) {
        this.violations = violations;
        this.masks = masks;
        this.frameBytesMax = frameBytesMax;
    }

    /** @param violations hears what the client does wrong */
    static WebSocketFrames ofServer(Consumer<String> violations) {
        return new WebSocketFrames(violations, null, FRAME_BYTES_MAX);
    }

    /**
     * A client's end.
     *
     * @param violations hears what the server does wrong
     * @param frameBytesMax of the frames that we send
     */
    static WebSocketFrames ofClient(Consumer<String> violations, int frameBytesMax) {
        return new WebSocketFrames(violations, new SecureRandom(), frameBytesMax);
    }

    // ---- in

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var in = (ByteBuf) message;
        try {
            while (in.isReadable() && !deaf) {
                if (inPayload) {
                    onPayload(context, in);
                } else {
                    onHead(context, in);
                }
            }
        } finally {
            in.release();
        }
    }

    private void onHead(ChannelHandlerContext context, ByteBuf in) {
        head[headBytes++] = in.readByte();
        if (headBytes < 2 || headBytes < headLength()) {
            return;
        }
        headBytes = 0;
        int first = head[0];
        int lengthBits = head[1] & LENGTH;
        opcode = first & OPCODE;
        boolean isControl = opcode >= CLOSE;
        boolean isFinal = (first & FINAL) != 0;
        payloadLeft = lengthBits < LENGTH_16 ? lengthBits : number(2, lengthBits == LENGTH_16 ? 2 : 8);
        // Without one there are not even four bytes to look at.
        boolean isMasked = (head[1] & MASKED) != 0;
        mask = isMasked ? (int) number(headLength() - 4, 4) : 0;
        boolean masksRightly = isMasked == (masks == null);
        if ((first & RESERVED) != 0 || !masksRightly || payloadLeft < 0 || opcode > PONG) {
            fail(context, PROTOCOL_ERROR, "a WebSocket frame that RFC 6455 does not allow");
        } else if (isControl && (!isFinal || payloadLeft > CONTROL_BYTES_MAX)) {
            fail(context, PROTOCOL_ERROR, "a WebSocket control frame in parts, or too long");
        } else if (opcode == TEXT) {
            fail(context, UNSUPPORTED_DATA, "text in a WebSocket; AMQP comes in binary frames");
        } else if (!isControl && (opcode == CONTINUATION) != inMessage) {
            fail(context, PROTOCOL_ERROR, "a WebSocket frame that does not go on where the last one ended");
        } else if (!isControl && opcode != CONTINUATION && opcode != BINARY) {
            fail(context, PROTOCOL_ERROR, "a WebSocket frame with opcode " + opcode);
        } else {
            if (!isControl) {
                inMessage = !isFinal;
            }
            controlBytes = 0;
            inPayload = payloadLeft > 0;
            if (!inPayload && isControl) {
                onControl(context);
            }
        }
    }

    private int headLength() {
        int lengthBits = head[1] & LENGTH;
        int lengthBytes = lengthBits == LENGTH_16 ? 2 : lengthBits == LENGTH_64 ? 8 : 0;
        return 2 + lengthBytes + ((head[1] & MASKED) == 0 ? 0 : 4);
    }

    private long number(int offset, int bytes) {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number = number << Byte.SIZE | (head[offset + i] & 0xff);
        }
        return number;
    }

    private void onPayload(ChannelHandlerContext context, ByteBuf in) {
        int length = (int) Math.min(payloadLeft, in.readableBytes());
        if (masks == null) {
            mask = turnMask(in, in.readerIndex(), length, mask);
        }
        payloadLeft -= length;
        inPayload = payloadLeft > 0;
        if (opcode < CLOSE) {
            context.fireChannelRead(in.readRetainedSlice(length));
            return;
        }
        in.readBytes(control, controlBytes, length);
        controlBytes += length;
        if (!inPayload) {
            onControl(context);
        }
    }

    /** Puts a mask on, or takes it off, in place; gives it back turned to where the payload goes on. */
    private static int turnMask(ByteBuf bytes, int from, int length, int mask) {
        int turned = mask;
        int at = from;
        int end = at + length;
        for (; end - at >= Integer.BYTES; at += Integer.BYTES) {
            bytes.setInt(at, bytes.getInt(at) ^ turned);
        }
        for (; at < end; at++) {
            bytes.setByte(at, bytes.getByte(at) ^ turned >>> 24);
            turned = Integer.rotateLeft(turned, Byte.SIZE);
        }
        return turned;
    }

    private void onControl(ChannelHandlerContext context) {
        if (opcode == PING) {
            onPing(context);
        } else if (opcode == CLOSE) {
            deaf = true;
            close(context, NORMAL_CLOSURE, "");
        }
    }

    /** While an answer is on its way, only the latest of those that come is answered (RFC 6455 §5.5.3): a flood fills nothing. */
    private void onPing(ChannelHandlerContext context) {
        latestPing = Arrays.copyOf(control, controlBytes);
        if (!pongOnItsWay) {
            answerPing(context);
        }
    }

    private void answerPing(ChannelHandlerContext context) {
        byte[] ping = latestPing;
        latestPing = null;
        if (ping == null || closeSent) {
            return;
        }
        pongOnItsWay = true;
        context.writeAndFlush(control(context, PONG, Unpooled.wrappedBuffer(ping)))
                .addListener(sent -> {
                    pongOnItsWay = false;
                    if (sent.isSuccess()) {
                        answerPing(context);
                    }
                });
    }

    private void fail(ChannelHandlerContext context, int code, String reason) {
        deaf = true;
        violations.accept(reason);
        close(context, code, reason);
    }

    // ---- out

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        var out = (ByteBuf) message;
        if (closeSent && out.isReadable()) {
            // Nothing may follow a close (RFC 6455 §5.5.1).
            out.release();
            promise.trySuccess();
            return;
        }
        while (out.readableBytes() > frameBytesMax) {
            writeFrame(context, out.readRetainedSlice(frameBytesMax), context.newPromise());
        }
        writeFrame(context, out, promise);
    }

    /** Takes the payload over. */
    private void writeFrame(ChannelHandlerContext context, ByteBuf payload, ChannelPromise promise) {
        if (!payload.isReadable()) {
            var unused = context.write(payload, promise);
            return;
        }
        var head = context.alloc().buffer(HEAD_BYTES_MAX);
        int maskOfFrame = writeHead(head, BINARY, payload.readableBytes());
        var unusedHead = context.write(head);
        if (masks == null) {
            var unused = context.write(payload, promise);
            return;
        }
        // Of a copy: the bytes may be those of a message that others send, too.
        var masked = context.alloc().buffer(payload.readableBytes()).writeBytes(payload);
        payload.release();
        turnMask(masked, masked.readerIndex(), masked.readableBytes(), maskOfFrame);
        var unused = context.write(masked, promise);
    }

    /** Writes the head of a frame that is shorter than 64 KiB. Returns the mask for its payload; 0 at a server. */
    private int writeHead(ByteBuf frame, int opcodeOfFrame, int length) {
        int maskBit = masks == null ? 0 : MASKED;
        frame.writeByte(FINAL | opcodeOfFrame);
        if (length < LENGTH_16) {
            frame.writeByte(maskBit | length);
        } else {
            frame.writeByte(maskBit | LENGTH_16).writeShort(length);
        }
        if (masks == null) {
            return 0;
        }
        int maskOfFrame = masks.nextInt();
        frame.writeInt(maskOfFrame);
        return maskOfFrame;
    }

    /** A whole control frame. */
    private ByteBuf control(ChannelHandlerContext context, int opcodeOfFrame, ByteBuf payload) {
        int length = payload.readableBytes();
        var frame = context.alloc().buffer(HEAD_BYTES_MAX + length);
        int maskOfFrame = writeHead(frame, opcodeOfFrame, length);
        int start = frame.writerIndex();
        frame.writeBytes(payload);
        payload.release();
        turnMask(frame, start, length, maskOfFrame);
        return frame;
    }

    /** Our last word before the socket's end. */
    void sendClose(ChannelHandlerContext context) {
        if (!closeSent) {
            closeSent = true;
            var unused = context.writeAndFlush(
                    control(context, CLOSE, context.alloc().buffer(Short.BYTES).writeShort(NORMAL_CLOSURE)));
        }
    }

    private void close(ChannelHandlerContext context, int code, String reason) {
        if (closeSent) {
            var unused = context.close();
            return;
        }
        closeSent = true;
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        var payload = context.alloc()
                .buffer(Short.BYTES + text.length)
                .writeShort(code)
                .writeBytes(text);
        context.writeAndFlush(control(context, CLOSE, payload)).addListener(ChannelFutureListener.CLOSE);
    }
}
