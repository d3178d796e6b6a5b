package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy says before the first byte of a connection that it passes on: version 2 of the PROXY protocol (HAProxy's
 * proxy-protocol.txt §2.2). Immutable.
 *
 * <p>16 bytes: a signature of 12, version and command, family and protocol, and how many bytes follow; then the addresses and
 * ports of both ends, then what a proxy wants to add, which is passed over unread.
 *
 * @param client who has connected to the proxy; null when the proxy comes for itself, to look whether we are well
 */
public record ProxyHeader(@Nullable InetSocketAddress client) {
    /** The longest that is taken, all in all. */
    public static final int BYTES_MAX = 4_096;

    private static final byte[] SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final byte[] VERSION_1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final int FIXED_BYTES = 16;
    private static final int COMMAND_INDEX = 12;
    private static final int FAMILY_INDEX = 13;
    private static final int LENGTH_INDEX = 14;
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    private static final int PORT_BYTES = 2;

    /**
     * Reads a header off the front of {@code in}, once all of it is there.
     *
     * @return null when more has to come; {@code in} is as it was then
     * @throws ProxyHeaderException when it is none, as early as that can be told
     */
    static @Nullable ProxyHeader read(ByteBuf in) throws ProxyHeaderException {
        if (!beginsWith(in, SIGNATURE)) {
            if (!beginsWith(in, VERSION_1)) {
                throw new ProxyHeaderException("no PROXY header: it begins with " + ProtocolHeader.printable(in));
            } else if (in.readableBytes() >= VERSION_1.length) {
                throw new ProxyHeaderException("a PROXY header of version 1 (text), and only version 2 is taken");
            }
            return null;
        }
        if (in.readableBytes() < FIXED_BYTES) {
            return null;
        }
        int start = in.readerIndex();
        int length = in.getUnsignedShort(start + LENGTH_INDEX);
        if (FIXED_BYTES + length > BYTES_MAX) {
            throw new ProxyHeaderException("a PROXY header of " + (FIXED_BYTES + length) + " bytes");
        }
        int command = in.getUnsignedByte(start + COMMAND_INDEX);
        if (command != LOCAL && command != PROXY) {
            throw new ProxyHeaderException(
                    "a PROXY header of an unknown version or command: " + Integer.toHexString(command));
        }
        int addressBytes = command == LOCAL ? 0 : addressBytes(in.getUnsignedByte(start + FAMILY_INDEX));
        if (addressBytes > 0 && length < 2 * (addressBytes + PORT_BYTES)) {
            throw new ProxyHeaderException("a PROXY header of " + (FIXED_BYTES + length) + " bytes is cut off");
        }
        if (in.readableBytes() < FIXED_BYTES + length) {
            return null;
        }
        var client = addressBytes == 0 ? null : client(in, start + FIXED_BYTES, addressBytes);
        in.skipBytes(FIXED_BYTES + length);
        return new ProxyHeader(client);
    }

    /** Whether it begins so, or may when more has come. */
    private static boolean beginsWith(ByteBuf in, byte[] expected) {
        for (int i = 0; i < Math.min(expected.length, in.readableBytes()); i++) {
            if (in.getByte(in.readerIndex() + i) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    private static int addressBytes(int family) throws ProxyHeaderException {
        return switch (family) {
            case TCP_OVER_IPV4 -> IPV4_BYTES;
            case TCP_OVER_IPV6 -> IPV6_BYTES;
            default ->
                throw new ProxyHeaderException(
                        "a PROXY header for something else than TCP: " + Integer.toHexString(family));
        };
    }

    private static InetSocketAddress client(ByteBuf in, int index, int addressBytes) {
        var address = new byte[addressBytes];
        in.getBytes(index, address);
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(address), in.getUnsignedShort(index + 2 * addressBytes));
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an address of " + addressBytes + " bytes", impossible);
        }
    }

    /**
     * Writes it.
     *
     * @param reached where the client has connected to
     */
    public void writeTo(InetSocketAddress reached, ByteBuf out) {
        out.writeBytes(SIGNATURE);
        if (client == null) {
            out.writeByte(LOCAL).writeByte(0).writeShort(0);
            return;
        }
        boolean ipv4 = client.getAddress() instanceof Inet4Address && reached.getAddress() instanceof Inet4Address;
        out.writeByte(PROXY).writeByte(ipv4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6);
        out.writeShort(2 * ((ipv4 ? IPV4_BYTES : IPV6_BYTES) + PORT_BYTES));
        writeAddress(client.getAddress(), ipv4, out);
        writeAddress(reached.getAddress(), ipv4, out);
        out.writeShort(client.getPort()).writeShort(reached.getPort());
    }

    private static void writeAddress(InetAddress address, boolean ipv4, ByteBuf out) {
        byte[] bytes = address.getAddress();
        if (!ipv4 && bytes.length == IPV4_BYTES) {
            // As IPv6 writes an address of IPv4 (RFC 4291 §2.5.5.2).
            out.writeZero(IPV6_BYTES - IPV4_BYTES - 2).writeShort(0xffff);
        }
        out.writeBytes(bytes);
    }
}
