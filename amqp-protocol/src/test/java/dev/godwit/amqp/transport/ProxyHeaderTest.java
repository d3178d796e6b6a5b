package dev.godwit.amqp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers of the PROXY protocol as bytes, and the networks that may send them. */
class ProxyHeaderTest {
    private static final InetSocketAddress REACHED = new InetSocketAddress(address("198.51.100.2"), 5672);

    @ParameterizedTest
    @CsvSource({"203.0.113.7,198.51.100.2", "2001:db8::7,2001:db8::2", "203.0.113.7,2001:db8::2"})
    void readsWhatItWrites(String client, String reached) throws ProxyHeaderException {
        var from = new InetSocketAddress(address(client), 49_152);
        ByteBuf bytes = Unpooled.buffer();
        new ProxyHeader(from).writeTo(new InetSocketAddress(address(reached), 5671), bytes);
        bytes.writeInt(0x414d5150);

        assertThat(Objects.requireNonNull(ProxyHeader.read(bytes)).client()).isEqualTo(from);
        assertThat(bytes.readableBytes()).isEqualTo(4);
    }

    @Test
    void saysThatAProxyComesForItself() throws ProxyHeaderException {
        ByteBuf bytes = Unpooled.buffer();
        new ProxyHeader(null).writeTo(REACHED, bytes);

        assertThat(Objects.requireNonNull(ProxyHeader.read(bytes)).client()).isNull();
        assertThat(bytes.isReadable()).isFalse();
    }

    @Test
    void takesNothingBeforeAllHasCome() throws ProxyHeaderException {
        ByteBuf bytes = header();
        for (int length = 0; length < bytes.readableBytes(); length++) {
            ByteBuf part = bytes.slice(0, length);
            assertThat(ProxyHeader.read(part)).isNull();
            assertThat(part.readerIndex()).isZero();
        }
    }

    @Test
    void survivesWhateverIsWrongInAHeader() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        var random = new Random(seed);
        int good = 0;
        int bad = 0;
        for (int round = 0; round < 200_000; round++) {
            ByteBuf bytes = header().writeBytes(new byte[random.nextInt(40)]);
            for (int change = random.nextInt(4); change > 0; change--) {
                bytes.setByte(12 + random.nextInt(bytes.readableBytes() - 12), random.nextInt());
            }
            bytes.writerIndex(random.nextInt(bytes.writerIndex()) + 1);
            int there = bytes.readableBytes();
            ProxyHeader read = null;
            try {
                read = ProxyHeader.read(bytes);
                good += read == null ? 0 : 1;
            } catch (ProxyHeaderException refused) {
                bad++;
                assertThat(refused)
                        .as("-Dgodwit.seed=%d, round %d", seed, round)
                        .hasMessageContaining("PROXY header");
            }
            if (read == null) {
                assertThat(bytes.readableBytes())
                        .as("-Dgodwit.seed=%d, round %d", seed, round)
                        .isEqualTo(there);
            }
        }
        assertThat(good).as("-Dgodwit.seed=%d", seed).isPositive();
        assertThat(bad).as("-Dgodwit.seed=%d", seed).isPositive();
    }

    @Test
    void takesNobodyOnTheProxysMachineForOneOnOurs() {
        var onItsMachine = new InetSocketAddress(address("127.0.0.1"), 1);
        var elsewhere = new InetSocketAddress(address("203.0.113.7"), 1);
        var proxy = address("198.51.100.1");

        assertThat(ProxiedArrival.from(onItsMachine, proxy)).isEqualTo(new InetSocketAddress(proxy, 1));
        assertThat(ProxiedArrival.from(elsewhere, proxy)).isEqualTo(elsewhere);
        assertThat(ProxiedArrival.from(onItsMachine, address("127.0.0.2"))).isEqualTo(onItsMachine);
        assertThat(ProxiedArrival.from(new InetSocketAddress(address("::1"), 1), proxy))
                .isEqualTo(new InetSocketAddress(proxy, 1));
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.0.0/16,10.1.255.255,10.2.0.0",
        "10.0.0.7,10.0.0.7,10.0.0.6",
        "0.0.0.0/0,203.0.113.7,2001:db8::1",
        "10.0.0.128/25,10.0.0.200,10.0.0.127",
        "fd00::/8,fdff::1,fe00::1",
        "2001:db8::1,2001:db8::1,2001:db8::2",
        "::ffff:10.0.0.7,10.0.0.7,10.0.0.6",
    })
    void knowsWhoIsOfANetwork(String network, String inside, String outside) {
        var parsed = IpNetwork.parse(network);

        assertThat(parsed.contains(address(inside))).isTrue();
        assertThat(parsed.contains(address(outside))).isFalse();
        assertThat(IpNetwork.parse(parsed.toString())).isEqualTo(parsed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0", "fd00::/129", "/8"})
    void takesNothingElseForANetwork(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> IpNetwork.parse(text));
    }

    private static ByteBuf header() {
        ByteBuf bytes = Unpooled.buffer();
        new ProxyHeader(new InetSocketAddress(address("203.0.113.7"), 49_152)).writeTo(REACHED, bytes);
        return bytes;
    }

    /** Of digits, so that nothing is looked up. */
    private static InetAddress address(@Nullable String digits) {
        try {
            return InetAddress.getByName(digits);
        } catch (UnknownHostException none) {
            throw new IllegalArgumentException(none);
        }
    }
}
