package dev.godwit.amqp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.security.SaslInit;
import org.apache.qpid.proton.amqp.security.SaslMechanisms;
import org.apache.qpid.proton.amqp.security.SaslOutcome;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.EncoderImpl;
import org.apache.qpid.proton.codec.ReadableBuffer;
import org.apache.qpid.proton.codec.WritableBuffer;
import org.jspecify.annotations.Nullable;

/** A peer that writes frames by hand, right or wrong, and reads what comes back. Blocks the test's thread. */
public final class RawPeer implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 5_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final DataOutputStream out;
    private final DecoderImpl decoder = new DecoderImpl();
    private final EncoderImpl encoder = new EncoderImpl(decoder);

    /** What came after the performative of the last frame read. */
    public byte[] payload = new byte[0];

    public int channel;
    public int largestFrame;

    public RawPeer(int port) {
        AMQPDefinedTypes.registerAllTypes(decoder, encoder);
        try {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            in = new DataInputStream(socket.getInputStream());
            out = new DataOutputStream(socket.getOutputStream());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    // ---- bytes

    public static byte[] header(int protocolId) {
        return new byte[] {'A', 'M', 'Q', 'P', (byte) protocolId, 1, 0, 0};
    }

    public static byte[] join(byte[]... parts) {
        var joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    public byte[] frame(int type, int onChannel, @Nullable Object performative, byte... body) {
        ByteBuffer encoded = ByteBuffer.allocate(64 * 1024);
        if (performative != null) {
            encoder.setByteBuffer(WritableBuffer.ByteBufferWrapper.wrap(encoded));
            encoder.writeObject(performative);
        }
        encoded.flip();
        ByteBuffer frame = ByteBuffer.allocate(8 + encoded.remaining() + body.length);
        frame.putInt(frame.capacity()).put((byte) 2).put((byte) type).putShort((short) onChannel);
        frame.put(encoded).put(body);
        return frame.array();
    }

    public RawPeer send(byte[]... parts) {
        try {
            out.write(join(parts));
            out.flush();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return this;
    }

    public RawPeer send(int onChannel, Object performative, byte... body) {
        return send(frame(0, onChannel, performative, body));
    }

    public byte[] read(int length) {
        var bytes = new byte[length];
        try {
            in.readFully(bytes);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return bytes;
    }

    /** The next performative; null for an empty frame. */
    @Nullable
    public Object readFrame() {
        int size = ByteBuffer.wrap(read(4)).getInt();
        largestFrame = Math.max(largestFrame, size);
        ByteBuffer rest = ByteBuffer.wrap(read(size - 4));
        channel = rest.getShort(2);
        rest.position(4 * rest.get(0) - 4);
        if (!rest.hasRemaining()) {
            return null;
        }
        decoder.setBuffer(ReadableBuffer.ByteBufferReader.wrap(rest));
        Object performative = decoder.readObject();
        payload = new byte[rest.remaining()];
        rest.get(payload);
        return performative;
    }

    /** Reads up to a frame of this kind. */
    public <T> T expect(Class<T> kind) {
        while (true) {
            Object performative = readFrame();
            if (kind.isInstance(performative)) {
                return kind.cast(performative);
            }
        }
    }

    /** Reads up to the close, whose error is returned, and the end of the stream. */
    @Nullable
    public ErrorCondition expectClose() {
        ErrorCondition error = expect(Close.class).getError();
        expectEnd();
        return error;
    }

    /** Reads the rest of the stream up to its end. */
    public void expectEnd() {
        try {
            while (in.read() >= 0) {
                // Whatever it is.
            }
        } catch (EOFException | SocketException ended) {
            // Reset is an end, too.
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** The stream ends here: nothing more comes. */
    public void expectNothing() {
        try {
            assertThat(in.read()).isEqualTo(-1);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Says no more, and reads whatever comes up to the end. */
    public void finish() {
        try {
            socket.shutdownOutput();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        expectEnd();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    // ---- what well-behaved peers say

    public static SaslInit saslInit(String mechanism, byte... response) {
        var init = new SaslInit();
        init.setMechanism(Symbol.valueOf(mechanism));
        init.setInitialResponse(new Binary(response));
        return init;
    }

    public static SaslInit plain(String user, String password) {
        return saslInit("PLAIN", ('\0' + user + '\0' + password).getBytes(StandardCharsets.UTF_8));
    }

    public static Open openPerformative() {
        var open = new Open();
        open.setContainerId("raw");
        return open;
    }

    public static Begin beginPerformative() {
        var begin = new Begin();
        begin.setNextOutgoingId(UnsignedInteger.ONE);
        begin.setIncomingWindow(UnsignedInteger.valueOf(1_000));
        begin.setOutgoingWindow(UnsignedInteger.valueOf(1_000));
        return begin;
    }

    public static Attach attachPerformative(String name, int handle, Role role) {
        var attach = new Attach();
        attach.setName(name);
        attach.setHandle(UnsignedInteger.valueOf(handle));
        attach.setRole(role);
        attach.setSndSettleMode(SenderSettleMode.MIXED);
        attach.setRcvSettleMode(ReceiverSettleMode.FIRST);
        var source = new Source();
        source.setAddress("queue");
        attach.setSource(source);
        var target = new Target();
        target.setAddress("queue");
        attach.setTarget(target);
        if (role == Role.SENDER) {
            attach.setInitialDeliveryCount(UnsignedInteger.ZERO);
        }
        return attach;
    }

    public static Transfer transferPerformative(int handle, int deliveryId) {
        var transfer = new Transfer();
        transfer.setHandle(UnsignedInteger.valueOf(handle));
        transfer.setDeliveryId(UnsignedInteger.valueOf(deliveryId));
        transfer.setDeliveryTag(new Binary(new byte[] {(byte) deliveryId}));
        transfer.setMessageFormat(UnsignedInteger.ZERO);
        return transfer;
    }

    public static Transfer transferPerformative(int handle, int deliveryId, boolean more) {
        var transfer = transferPerformative(handle, deliveryId);
        transfer.setMore(more);
        return transfer;
    }

    public static Disposition dispositionPerformative(
            Role role, int first, int last, @Nullable DeliveryState state, boolean settled) {
        var disposition = new Disposition();
        disposition.setRole(role);
        disposition.setFirst(UnsignedInteger.valueOf(first));
        disposition.setLast(UnsignedInteger.valueOf(last));
        disposition.setState(state);
        disposition.setSettled(settled);
        return disposition;
    }

    public static Detach detachPerformative(int handle, boolean closed) {
        var detach = new Detach();
        detach.setHandle(UnsignedInteger.valueOf(handle));
        detach.setClosed(closed);
        return detach;
    }

    public static Flow flowPerformative(int handle, int credit, int nextIncomingId, int incomingWindow) {
        var flow = new Flow();
        flow.setNextIncomingId(UnsignedInteger.valueOf(nextIncomingId));
        flow.setIncomingWindow(UnsignedInteger.valueOf(incomingWindow));
        flow.setNextOutgoingId(UnsignedInteger.ONE);
        flow.setOutgoingWindow(UnsignedInteger.valueOf(1_000));
        flow.setHandle(UnsignedInteger.valueOf(handle));
        flow.setDeliveryCount(UnsignedInteger.ZERO);
        flow.setLinkCredit(UnsignedInteger.valueOf(credit));
        return flow;
    }

    public RawPeer saslAnonymous() {
        return sasl(saslInit("ANONYMOUS"));
    }

    private RawPeer sasl(SaslInit init) {
        send(header(3), frame(1, 0, init), header(0));
        assertThat(read(8)).isEqualTo(header(3));
        expect(SaslMechanisms.class);
        assertThat(expect(SaslOutcome.class).getCode().getValue().intValue()).isZero();
        return this;
    }

    public RawPeer open() {
        return open(openPerformative());
    }

    public RawPeer open(Open open) {
        return open(open, saslInit("ANONYMOUS"));
    }

    public RawPeer open(Open open, SaslInit login) {
        sasl(login).send(0, open);
        assertThat(read(8)).isEqualTo(header(0));
        expect(Open.class);
        return this;
    }

    public RawPeer begin() {
        send(0, beginPerformative());
        expect(Begin.class);
        return this;
    }

    /** Attaches as a sender, with the credit that the server gives at once. */
    public Flow attachSender(String name, int handle) {
        send(0, attachPerformative(name, handle, Role.SENDER));
        expect(Attach.class);
        return expect(Flow.class);
    }

    /** Attaches as a receiver. */
    public Attach attachReceiver(String name, int handle) {
        send(0, attachPerformative(name, handle, Role.RECEIVER));
        return expect(Attach.class);
    }

    public String expectEndOfSession() {
        return condition(expect(End.class).getError());
    }

    /** Of an error that there has to be. */
    public static String condition(@Nullable ErrorCondition error) {
        return String.valueOf(Objects.requireNonNull(error).getCondition());
    }
}
