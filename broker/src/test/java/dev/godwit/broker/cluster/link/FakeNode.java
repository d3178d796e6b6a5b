package dev.godwit.broker.cluster.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** A node that says by hand what others would not, and reads what comes back. Blocks the test's thread. */
final class FakeNode implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 5_000;

    private final Socket socket;
    private final ByteBuf in = Unpooled.buffer();

    private FakeNode(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
    }

    static FakeNode connect(LinkedNode node) throws IOException {
        return new FakeNode(new Socket(
                InetAddress.getLoopbackAddress(), node.identity().address().port()));
    }

    static FakeNode accept(ServerSocket server) throws IOException {
        return new FakeNode(server.accept());
    }

    void write(byte... bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void write(ByteBuf bytes) throws IOException {
        var out = new byte[bytes.readableBytes()];
        bytes.readBytes(out);
        write(out);
    }

    void write(Greeting greeting) throws IOException {
        ByteBuf out = Unpooled.buffer();
        GreetingCodec.write(out, greeting);
        write(out);
    }

    void writeFrame(FrameType type, int flags, LinkChannel channel, byte... payload) throws IOException {
        ByteBuf out = Unpooled.buffer();
        ByteBuf body = Unpooled.wrappedBuffer(payload);
        boolean data = type == FrameType.DATA;
        FrameCodec.writeHeader(
                out,
                type,
                flags,
                data ? channel.kind().code() : 0,
                data ? channel.number() : 0,
                data ? payload.length : 0,
                body);
        write(out.writeBytes(body));
    }

    Greeting readGreeting() throws IOException, LinkViolation {
        while (true) {
            Greeting greeting = GreetingCodec.read(in);
            if (greeting != null) {
                return greeting;
            }
            if (!readMore()) {
                throw new IOException("no greeting came");
            }
        }
    }

    /** The next frames, until one of them was heard. */
    RecordedFrames readFrames() throws IOException, LinkViolation {
        var heard = new RecordedFrames();
        var partial = new PartialMessages(in.alloc(), 1 << 20, 1 << 20);
        var reader = new FrameReader(1 << 20, partial, new LinkCounters(), heard);
        reader.read(in);
        while (heard.messages.isEmpty() && heard.others.isEmpty() && readMore()) {
            reader.read(in);
        }
        return heard;
    }

    /** Whether the other end closes, whatever it says before. */
    boolean isClosedByPeer() throws IOException {
        try {
            while (readMore()) {
                in.clear();
            }
            return true;
        } catch (SocketException reset) {
            return true;
        } catch (SocketTimeoutException open) {
            return false;
        }
    }

    private boolean readMore() throws IOException {
        var some = new byte[64 * 1024];
        int count = socket.getInputStream().read(some);
        if (count > 0) {
            in.writeBytes(some, 0, count);
        }
        return count > 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
