package dev.godwit.benchmarks.restart;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The few frames of AMQP 1.0 with which one message is asked for, on blocking streams. Knows no broker's classes, so that
 * it is the same client for each of them. Owned by one thread.
 */
final class AmqpFrames {
    static final int SASL_MECHANISMS = 0x40;
    static final int SASL_INIT = 0x41;
    static final int SASL_OUTCOME = 0x44;
    static final int OPEN = 0x10;
    static final int BEGIN = 0x11;
    static final int ATTACH = 0x12;
    static final int FLOW = 0x13;
    static final int TRANSFER = 0x14;

    private static final byte[] SASL_HEADER = {'A', 'M', 'Q', 'P', 3, 1, 0, 0};
    private static final byte[] AMQP_HEADER = {'A', 'M', 'Q', 'P', 0, 1, 0, 0};
    private static final int TYPE_AMQP = 0;
    private static final int TYPE_SASL = 1;
    private static final int FRAME_HEADER_BYTES = 8;
    private static final int FRAME_BYTES_MAX = 512;
    private static final byte NULL = 0x40;
    private static final byte TRUE = 0x41;
    private static final byte UINT_ZERO = 0x43;
    private static final byte UINT = 0x70;
    private static final byte STRING = (byte) 0xa1;
    private static final byte SYMBOL = (byte) 0xa3;
    private static final byte LIST = (byte) 0xc0;
    private static final byte SMALL_ULONG = 0x53;
    private static final int WINDOW = 2048;

    private final DataInputStream in;
    private final DataOutputStream out;

    AmqpFrames(InputStream in, OutputStream out) {
        this.in = new DataInputStream(in);
        this.out = new DataOutputStream(out);
    }

    /** Logs in as nobody, and asks for one message of the queue. Returns when its transfer has begun to come. */
    void receiveOne(String address) throws IOException {
        exchangeHeaders(SASL_HEADER);
        await(SASL_MECHANISMS);
        send(TYPE_SASL, SASL_INIT, symbol("ANONYMOUS"));
        await(SASL_OUTCOME);
        exchangeHeaders(AMQP_HEADER);
        send(TYPE_AMQP, OPEN, string("restart-clock"), string("127.0.0.1"));
        send(TYPE_AMQP, BEGIN, one(NULL), one(UINT_ZERO), uint(WINDOW), uint(WINDOW));
        byte[] source = described(0x28, string(address));
        byte[] target = described(0x29);
        send(TYPE_AMQP, ATTACH, string("clock"), one(UINT_ZERO), one(TRUE), one(NULL), one(NULL), source, target);
        send(
                TYPE_AMQP,
                FLOW,
                one(UINT_ZERO),
                uint(WINDOW),
                one(UINT_ZERO),
                uint(WINDOW),
                one(UINT_ZERO),
                one(UINT_ZERO),
                uint(1));
        await(TRANSFER);
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
            if (found > TRANSFER && found < SASL_MECHANISMS && found != 0x15) {
                throw new IOException("the broker detaches, ends or closes: performative " + found);
            }
        } while (found != performative);
    }

    private void send(int type, int performative, byte[]... fields) throws IOException {
        byte[] body = described(performative, fields);
        out.writeInt(FRAME_HEADER_BYTES + body.length);
        out.writeByte(2);
        out.writeByte(type);
        out.writeShort(0);
        out.write(body);
        out.flush();
    }

    private static byte[] described(int descriptor, byte[]... fields) {
        var bytes = ByteBuffer.allocate(FRAME_BYTES_MAX);
        bytes.put((byte) 0).put(SMALL_ULONG).put((byte) descriptor).put(LIST);
        int sizeAt = bytes.position();
        bytes.put((byte) 0).put((byte) fields.length);
        for (byte[] field : fields) {
            bytes.put(field);
        }
        bytes.put(sizeAt, (byte) (bytes.position() - sizeAt - 1));
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private static byte[] one(byte code) {
        return new byte[] {code};
    }

    private static byte[] uint(int value) {
        return ByteBuffer.allocate(1 + Integer.BYTES).put(UINT).putInt(value).array();
    }

    private static byte[] string(String text) {
        return text(STRING, text);
    }

    private static byte[] symbol(String text) {
        return text(SYMBOL, text);
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
