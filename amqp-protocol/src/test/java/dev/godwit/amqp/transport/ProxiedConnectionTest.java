package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.header;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Connections to a listener that proxies come to, as bytes written by hand after HAProxy's proxy-protocol.txt §2.2. */
@Timeout(30)
class ProxiedConnectionTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    /** 203.0.113.7:4660 has connected to 198.51.100.2:5672. */
    private static final String ADDRESSES = "cb007107c633640212341628";

    private static final byte[] FROM_CLIENT = bytes(SIGNATURE, "2111000c", ADDRESSES);
    private static final byte[] FROM_PROXY = bytes(SIGNATURE, "20000000");

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final ListenerOptions options = ListenerOptions.of("127.0.0.1", 0)
            .withConnections(new ConnectionLimits(10, 2, 10))
            .withProxies(IpNetwork.parse("127.0.0.0/8")::contains);
    private Loopback loopback = new Loopback(options);

    @BeforeEach
    void listen() {
        log.start();
        violationLog().addAppender(log);
    }

    @AfterEach
    void close() {
        await(() -> loopback.caps.total() == 0 && loopback.caps.unauthenticated() == 0);
        loopback.close();
        violationLog().detachAppender(log);
    }

    private static Logger violationLog() {
        return (Logger) LoggerFactory.getLogger(ViolationLog.class);
    }

    private static byte[] bytes(String... hex) {
        return HexFormat.of().parseHex(String.join("", hex));
    }

    private void restart(ListenerOptions otherOptions) {
        restart(new Loopback(otherOptions));
    }

    private void restart(Loopback other) {
        loopback.close();
        loopback = other;
    }

    private String remoteAddress() {
        return Objects.requireNonNull(loopback.container.peer().connection).remoteAddress();
    }

    @Test
    void seesTheClientBehindTheProxy() {
        try (var peer = new RawPeer(loopback.port())) {
            peer.send(FROM_CLIENT).open();

            assertThat(remoteAddress()).isEqualTo("203.0.113.7:4660");
        }
        assertThat(loopback.violations()).isZero();
    }

    @Test
    void seesAClientOfIpv6() {
        try (var peer = new RawPeer(loopback.port())) {
            peer.send(bytes(
                            SIGNATURE,
                            "21210024",
                            "20010db8000000000000000000000007",
                            "20010db8000000000000000000000002",
                            "12341628"))
                    .open();

            assertThat(remoteAddress()).isEqualTo("2001:db8:0:0:0:0:0:7:4660");
        }
    }

    @Test
    void takesAHeaderByteByByteAndWhatComesWithItsEnd() {
        try (var peer = new RawPeer(loopback.port())) {
            for (int i = 0; i < FROM_CLIENT.length - 1; i++) {
                peer.send(new byte[] {FROM_CLIENT[i]});
            }
            peer.send(new byte[] {FROM_CLIENT[FROM_CLIENT.length - 1]}, header(3));

            assertThat(peer.read(8)).isEqualTo(header(3));
        }
    }

    @Test
    void passesOverWhatTheProxyAdds() {
        try (var peer = new RawPeer(loopback.port())) {
            // A name that the client asked for, and TLS of which the lengths are lies.
            peer.send(bytes(SIGNATURE, "2111001c", ADDRESSES, "020004686f7374", "20ffff0100000000ff"))
                    .open();

            assertThat(remoteAddress()).isEqualTo("203.0.113.7:4660");
        }
    }

    @Test
    void takesAHealthCheckForWhatItIs() {
        try (var peer = new RawPeer(loopback.port())) {
            peer.send(FROM_PROXY).open();

            assertThat(remoteAddress()).startsWith("127.0.0.1:");
        }
        try (var peer = new RawPeer(loopback.port())) {
            peer.send(FROM_PROXY).finish();
        }
        try (var peer = new RawPeer(loopback.port())) {
            peer.finish();
        }
        assertThat(loopback.violations()).isZero();
    }

    static Stream<Arguments> wrongHeaders() {
        return Stream.of(
                Arguments.of(header(3), "no PROXY header: it begins with AMQP...."),
                Arguments.of(bytes("160301"), "no PROXY header: it begins with ..."),
                Arguments.of(bytes("0d0a0d0a000d0b"), "no PROXY header: it begins with ......."),
                Arguments.of(
                        "PROXY TCP4 203.0.113.7 198.51.100.2 4660 5672\r\n".getBytes(StandardCharsets.US_ASCII),
                        "version 1 (text)"),
                Arguments.of(bytes(SIGNATURE, "3111000c", ADDRESSES), "unknown version or command: 31"),
                Arguments.of(bytes(SIGNATURE, "2211000c", ADDRESSES), "unknown version or command: 22"),
                Arguments.of(bytes(SIGNATURE, "2112000c", ADDRESSES), "something else than TCP: 12"),
                Arguments.of(bytes(SIGNATURE, "21000000"), "something else than TCP: 0"),
                Arguments.of(bytes(SIGNATURE, "2111000b", ADDRESSES), "of 27 bytes is cut off"),
                Arguments.of(bytes(SIGNATURE, "21210023"), "of 51 bytes is cut off"),
                Arguments.of(bytes(SIGNATURE, "2111ffff"), "of 65551 bytes"));
    }

    @ParameterizedTest
    @MethodSource("wrongHeaders")
    void closesAConnectionThatBeginsOtherwise(byte[] wrong, String reason) {
        try (var peer = new RawPeer(loopback.port())) {
            peer.send(wrong).expectEnd();
        }
        assertThat(loopback.violations()).isOne();
        assertThat(log.list)
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .asString()
                .contains(reason);
    }

    @Test
    void saysThatAPeerLeftInTheMidstOfItsHeader() {
        try (var peer = new RawPeer(loopback.port())) {
            peer.send(bytes(SIGNATURE, "2111")).finish();
        }
        await(() -> loopback.violations() == 1);
        assertThat(log.list.get(0).getFormattedMessage()).contains("in the midst of its PROXY header");
    }

    @Test
    void waitsForAHeaderNoLongerThanForAHandshake() {
        restart(options.withTimeouts(new ListenerOptions.Timeouts(200, 30_000)));
        try (var peer = new RawPeer(loopback.port())) {
            peer.send(bytes(SIGNATURE)).expectNothing();
        }
        assertThat(log.list.get(0).getFormattedMessage()).contains("no PROXY header after 200 ms");
    }

    @Test
    void countsTheWaitForTheHeaderInTheTimeForTheHandshake() {
        var nanos = new AtomicLong();
        var patient = options.withTimeouts(new ListenerOptions.Timeouts(60_000, 30_000));
        restart(new Loopback(patient, new ConnectionCaps(patient), nanos::get));
        try (var peer = new RawPeer(loopback.port())) {
            await(() -> loopback.onServer(loopback.server::connections) == 1);
            nanos.set(TimeUnit.MILLISECONDS.toNanos(59_900));
            peer.send(FROM_CLIENT).expectNothing();
        }
        assertThat(log.list.get(0).getFormattedMessage()).contains("203.0.113.7:4660: no open after 100 ms");
    }

    @Test
    void turnsAwayWhoIsNoProxyOfOurs() {
        restart(options.withProxies(IpNetwork.parse("198.51.100.0/24")::contains));
        try (var peer = new RawPeer(loopback.port())) {
            peer.expectNothing();
        }
        assertThat(loopback.violations()).isOne();
        assertThat(log.list.get(0).getFormattedMessage())
                .contains("127.0.0.1", "only proxies that are configured may come here");
    }

    @Test
    void limitsClientsByTheirOwnAddresses() {
        byte[] fromAnother = bytes(SIGNATURE, "2111000c", "cb007108c633640212341628");
        try (var first = new RawPeer(loopback.port());
                var second = new RawPeer(loopback.port());
                var third = new RawPeer(loopback.port());
                var another = new RawPeer(loopback.port())) {
            first.send(FROM_CLIENT).open();
            second.send(FROM_CLIENT).open();
            third.send(FROM_CLIENT, header(3)).expectEnd();
            another.send(fromAnother).open();

            assertThat(loopback.caps.total()).isEqualTo(3);
        }
        assertThat(log.list)
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .isEqualTo("203.0.113.7:4660: turned away: too many connections");
    }

    @Test
    void countsThoseThatHaveNotSaidForWhomTheyCome() {
        restart(options.withConnections(new ConnectionLimits(10, 10, 2)));
        try (var first = new RawPeer(loopback.port());
                var second = new RawPeer(loopback.port())) {
            await(() -> loopback.caps.unauthenticated() == 2);
            try (var third = new RawPeer(loopback.port())) {
                third.expectNothing();
            }
            first.send(FROM_CLIENT).open();
            second.send(FROM_CLIENT).open();
            assertThat(loopback.caps.unauthenticated()).isZero();
        }
    }

    @Test
    void dropsThoseThatWaitWhenItCloses() {
        try (var peer = new RawPeer(loopback.port())) {
            await(() -> loopback.onServer(loopback.server::connections) == 1);
            loopback.close();
            peer.expectEnd();
        }
        loopback = new Loopback(options);
    }
}
