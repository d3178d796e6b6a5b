package dev.godwit.benchmarks.selector;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The few frames of AMQP 1.0 with which a queue is filled with numbered messages, or one of them asked for by a selector, on a
 * blocking connection. Knows no broker's classes. Owned by one thread; lives until it is closed.
 */
final class SelectorLink implements Closeable {
    private static final int SASL_MECHANISMS = 0x40;
    private static final int SASL_INIT = 0x41;
    private static final int SASL_OUTCOME = 0x44;
    private static final int OPEN = 0x10;
    private static final int BEGIN = 0x11;
    private static final int ATTACH = 0x12;
    private static final int FLOW = 0x13;
    private static final int TRANSFER = 0x14;
    private static final int DISPOSITION = 0x15;
    private static final int DETACH = 0x16;
    private static final int CLOSE = 0x18;

    private static final byte[] SASL_HEADER = {'A', 'M', 'Q', 'P', 3, 1, 0, 0};
    private static final byte[] AMQP_HEADER = {'A', 'M', 'Q', 'P', 0, 1, 0, 0};
    private static final int FRAME_HEADER_BYTES = 8;
    private static final int WINDOW = 1 << 20;
    private static final long SELECTOR_FILTER = 0x0000468C_00000004L;

    private static final byte[] NULL = {0x40};
    private static final byte[] TRUE = {0x41};
    private static final byte[] FALSE = {0x42};

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final DataOutputStream out;

    /** Transfers that the broker's session will take, and messages that its link will. */
    private long window;

    private long credit;
    private long sent;

    /** Of the last performative that came: where its fields are. */
    private ByteBuffer fields = ByteBuffer.allocate(0);

    SelectorLink(int port) throws IOException {
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16));
        exchangeHeaders(SASL_HEADER);
        await(SASL_MECHANISMS);
        send(1, described(SASL_INIT, symbol("ANONYMOUS")));
        await(SASL_OUTCOME);
        exchangeHeaders(AMQP_HEADER);
        send(0, described(OPEN, string("selector-clock"), string("127.0.0.1")));
        send(0, described(BEGIN, NULL, uint(0), uint(WINDOW), uint(WINDOW)));
        await(BEGIN);
        window = orZero(number(2));
    }

    /** Sends durable messages whose property n counts from 0; returns when the last one is safe. */
    void fill(String queue, int count, int bodyBytes) throws IOException {
        var source = described(0x28);
        var target = described(0x29, string(queue));
        send(0, described(ATTACH, string("fill"), uint(0), FALSE, NULL, NULL, source, target, NULL, NULL, uint(0)));
        var body = new byte[bodyBytes];
        for (int n = 0; n < count; n++) {
            while (credit <= sent || window <= sent) {
                out.flush();
                await(FLOW);
                onFlow();
            }
            boolean last = n == count - 1;
            send(
                    0,
                    described(TRANSFER, uint(0), uint(n), binary(Integer.toString(n)), uint(0), last ? FALSE : TRUE),
                    message(n, body));
            sent++;
        }
        out.flush();
        await(DISPOSITION);
    }

    private void onFlow() {
        window = orZero(number(0)) + orZero(number(1));
        Long deliveryCount = number(5);
        Long linkCredit = number(6);
        if (number(4) != null && deliveryCount != null && linkCredit != null) {
            credit = deliveryCount + linkCredit;
        }
    }

    private static long orZero(@Nullable Long number) {
        return number == null ? 0 : number;
    }

    /** Asks for one message; returns the nanoseconds until it has come. It goes back when this is closed. */
    long find(String queue, String selector) throws IOException {
        var filter = map(symbol("selector"), describedBy(SELECTOR_FILTER, string(selector)));
        var source = described(0x28, string(queue), NULL, NULL, NULL, NULL, NULL, NULL, filter);
        var name = string("find " + selector);
        send(0, described(ATTACH, name, uint(0), TRUE, NULL, NULL, source, described(0x29)));
        send(0, described(FLOW, uint(0), uint(WINDOW), uint(0), uint(WINDOW), uint(0), uint(0), uint(1)));
        // Both are still here: they go as one.
        long begin = System.nanoTime();
        await(TRANSFER);
        return System.nanoTime() - begin;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static byte[] message(int n, byte[] body) {
        var bytes = ByteBuffer.allocate(body.length + 32);
        bytes.put(new byte[] {0, 0x53, 0x70, (byte) 0xc0, 2, 1, 0x41});
        bytes.put(new byte[] {0, 0x53, 0x74, (byte) 0xc1, 9, 2, (byte) 0xa1, 1, 'n', 0x71})
                .putInt(n);
        bytes.put(new byte[] {0, 0x53, 0x75, (byte) 0xb0}).putInt(body.length).put(body);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private void exchangeHeaders(byte[] header) throws IOException {
        out.write(header);
        out.flush();
        byte[] answer = in.readNBytes(header.length);
        if (!Arrays.equals(answer, header)) {
            throw new IOException("the broker answers with protocol header " + Arrays.toString(answer));
        }
    }

    /** Reads on until that performative comes. */
    private void await(int performative) throws IOException {
        out.flush();
        int found;
        do {
            int bytes = in.readInt();
            byte[] frame = in.readNBytes(bytes - Integer.BYTES);
            if (frame.length < bytes - Integer.BYTES) {
                throw new EOFException("the broker has closed the connection");
            }
            // The rest of the frame header, then 0x00 0x53 and the performative's number.
            int at = (frame[0] & 0xff) * 4 - Integer.BYTES;
            found = frame.length > at + 2 ? frame[at + 2] & 0xff : -1;
            fields = ByteBuffer.wrap(frame);
            fields.position(Math.min(frame.length, at + 3));
            if (found >= DETACH && found <= CLOSE) {
                throw new IOException("the broker detaches, ends or closes: performative " + found);
            }
        } while (found != performative);
    }

    /** A field of the last performative that is a number; null for null, and when there is none. */
    private @Nullable Long number(int place) {
        var list = fields.duplicate();
        int code = list.get() & 0xff;
        int count = 0;
        if (code == 0xc0) {
            list.get();
            count = list.get() & 0xff;
        } else if (code == 0xd0) {
            list.getInt();
            count = list.getInt();
        }
        Long value = null;
        for (int i = 0; i <= place; i++) {
            value = i < count ? next(list) : null;
        }
        return value;
    }

    private static @Nullable Long next(ByteBuffer list) {
        int code = list.get() & 0xff;
        return switch (code) {
            case 0x40 -> null;
            case 0x41, 0x42, 0x43, 0x44 -> (Long) 0L;
            case 0x52 -> (Long) (long) (list.get() & 0xff);
            case 0x60 -> (Long) (long) (list.getShort() & 0xffff);
            case 0x70 -> (Long) (list.getInt() & 0xffff_ffffL);
            default ->
                throw new UncheckedIOException(new IOException("a field of type " + code + " where a number is due"));
        };
    }

    private void send(int type, byte[]... parts) throws IOException {
        int bytes = FRAME_HEADER_BYTES;
        for (byte[] part : parts) {
            bytes += part.length;
        }
        out.writeInt(bytes);
        out.writeByte(2);
        out.writeByte(type);
        out.writeShort(0);
        for (byte[] part : parts) {
            out.write(part);
        }
    }

    private static byte[] described(int descriptor, byte[]... parts) {
        var head = new byte[] {0, 0x53, (byte) descriptor};
        return joined(head, compound((byte) 0xd0, List.of(parts)));
    }

    private static byte[] describedBy(long descriptor, byte[] value) {
        var head = ByteBuffer.allocate(2 + Long.BYTES)
                .put((byte) 0)
                .put((byte) 0x80)
                .putLong(descriptor);
        return joined(head.array(), value);
    }

    private static byte[] map(byte[]... parts) {
        return compound((byte) 0xd1, List.of(parts));
    }

    private static byte[] compound(byte code, List<byte[]> parts) {
        byte[] content = joined(new ArrayList<>(parts).toArray(byte[][]::new));
        return ByteBuffer.allocate(1 + 2 * Integer.BYTES + content.length)
                .put(code)
                .putInt(Integer.BYTES + content.length)
                .putInt(parts.size())
                .put(content)
                .array();
    }

    private static byte[] joined(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] uint(int value) {
        return ByteBuffer.allocate(1 + Integer.BYTES)
                .put((byte) 0x70)
                .putInt(value)
                .array();
    }

    private static byte[] string(String text) {
        return text((byte) 0xa1, text);
    }

    private static byte[] symbol(String text) {
        return text((byte) 0xa3, text);
    }

    private static byte[] binary(String text) {
        return text((byte) 0xa0, text);
    }

    private static byte[] text(byte code, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + utf8.length)
                .put(code)
                .put((byte) utf8.length)
                .put(utf8)
                .array();
    }
}
