package dev.godwit.broker.cluster.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.godwit.broker.cluster.link.Greeting.Hello;
import dev.godwit.broker.cluster.link.Greeting.Refused;
import dev.godwit.broker.cluster.link.Greeting.Welcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class GreetingTest {
    private static final NodeIdentity NODE =
            new NodeIdentity("orders", "n1", new UUID(1, 2), new NodeAddress("10.0.0.1", 5680));
    private static final Hello HELLO = new Hello(new VersionRange(1, 2), NODE, "n2", null);

    private static ByteBuf written(Greeting greeting) {
        ByteBuf out = Unpooled.buffer();
        GreetingCodec.write(out, greeting);
        return out;
    }

    @Test
    void readsWhatWasWritten() throws LinkViolation {
        for (Greeting each : new Greeting[] {
            HELLO,
            new Hello(new VersionRange(1, 1), NODE, "n2", new UUID(5, 6)),
            new Welcome(3, NODE, 1 << 16, 1 << 20, 1 << 22, new UUID(5, 6)),
            new Welcome(3, NODE, 1 << 16, 1 << 20, 1 << 22, null),
            new Refused(RefusalReason.CLUSTER, "another cluster")
        }) {
            assertThat(GreetingCodec.read(written(each))).isEqualTo(each);
        }
    }

    @Test
    void looksAsTheFormatSays() {
        assertThat(ByteBufUtil.hexDump(written(HELLO)))
                .isEqualTo(
                        "4744574c" + "0100" + "003d" + "d4a345a0" + "0100020102" + "0300066f7264657273" + "0400026e31"
                                + "05001000000000000000010000000000000002" + "06000831302e302e302e31" + "07000400001630"
                                + "0800026e32");
    }

    @Test
    void saysToWhichClusterItBelongsBehindAllElse() {
        var joined = new Hello(HELLO.versions(), NODE, "n2", new UUID(5, 6));
        assertThat(ByteBufUtil.hexDump(written(joined)))
                .endsWith("0800026e32" + "0e0010" + "0000000000000005" + "0000000000000006");
    }

    @Test
    void waitsForTheRest() throws LinkViolation {
        ByteBuf whole = written(HELLO);
        for (int length = 0; length < whole.readableBytes(); length++) {
            assertThat(GreetingCodec.read(whole.slice(0, length)))
                    .as("%d bytes", length)
                    .isNull();
        }
    }

    @Test
    void knowsAtTheFirstByteWhoSpeaksSomethingElse() {
        for (String other : new String[] {"A", "GET / HTTP/1.1\r\n", "\u0016\u0003\u0001", "GDWX"}) {
            assertThatExceptionOfType(LinkViolation.class)
                    .isThrownBy(() ->
                            GreetingCodec.read(Unpooled.wrappedBuffer(other.getBytes(StandardCharsets.ISO_8859_1))));
        }
    }

    @Test
    void findsEachFlippedBit() {
        ByteBuf whole = written(HELLO);
        for (int bit = 0; bit < 8 * whole.readableBytes(); bit++) {
            ByteBuf changed = whole.copy();
            changed.setByte(bit / 8, changed.getByte(bit / 8) ^ 1 << bit % 8);
            changed.writeZero(GreetingCodec.BODY_BYTES_MAX * 16);
            assertThatExceptionOfType(LinkViolation.class)
                    .as("bit %d", bit)
                    .isThrownBy(() -> GreetingCodec.read(changed));
        }
    }

    @Test
    void passesOverWhatNewerNodesSay() throws LinkViolation {
        var unknown = "99" + "0003" + "010203";
        ByteBuf hello = written(HELLO);
        hello.writeBytes(ByteBufUtil.decodeHexDump(unknown));
        hello.setShort(6, hello.readableBytes() - GreetingCodec.HEADER_BYTES);
        sign(hello);
        assertThat(GreetingCodec.read(hello)).isEqualTo(HELLO);
    }

    @Test
    void refusesNodesWithoutAName() {
        ByteBuf hello = written(HELLO);
        int name = ByteBufUtil.indexOf(Unpooled.wrappedBuffer("n1".getBytes(StandardCharsets.US_ASCII)), hello);
        hello.setByte(name, '\n');
        sign(hello);
        assertThatExceptionOfType(LinkViolation.class)
                .isThrownBy(() -> GreetingCodec.read(hello))
                .withMessageContaining("makes no sense");
    }

    private static void sign(ByteBuf greeting) {
        var checksum = new CRC32C();
        checksum.update(greeting.nioBuffer(0, 8));
        checksum.update(greeting.nioBuffer(12, greeting.readableBytes() - 12));
        greeting.setInt(8, (int) checksum.getValue());
    }

    @Test
    void choosesTheNewestVersionThatBothSpeak() {
        assertThat(new VersionRange(1, 2).common(new VersionRange(2, 3))).isEqualTo(2);
        assertThat(new VersionRange(1, 3).common(new VersionRange(1, 2))).isEqualTo(2);
        assertThat(new VersionRange(3, 4).common(new VersionRange(1, 2))).isEqualTo(VersionRange.NONE);
    }
}
