package dev.godwit.amqp.transport;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The IP addresses whose first bits are the same: a network, or one address alone. Immutable.
 *
 * @param address any of them; its other bits mean nothing
 * @param prefixBits how many bits are the same, at most all of the address
 */
public record IpNetwork(InetAddress address, int prefixBits) {
    public IpNetwork {
        EndpointLimits.check(prefixBits, 0, bits(address), "prefixBits");
    }

    /**
     * Reads an address ({@code 10.0.0.7}, {@code fd00::7}) or a network ({@code 10.0.0.0/8}, RFC 4632). Looks up no names.
     *
     * @throws IllegalArgumentException when the text is neither
     */
    public static IpNetwork parse(String text) {
        int slash = text.indexOf('/');
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        if (bytes == null) {
            throw new IllegalArgumentException("no IP address or network: '" + text + "'");
        }
        try {
            var address = InetAddress.getByAddress(bytes);
            return new IpNetwork(address, slash < 0 ? bits(address) : Integer.parseInt(text.substring(slash + 1)));
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", impossible);
        }
    }

    private static int bits(InetAddress address) {
        return address.getAddress().length * Byte.SIZE;
    }

    public boolean contains(InetAddress other) {
        byte[] ours = address.getAddress();
        byte[] theirs = other.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefixBits; bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if (((ours[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + prefixBits;
    }
}
