package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.node.NodeNotice.Standing;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What nodes say of themselves, as bytes: these must not change within a version of the links' protocol. */
class NodeNoticeTest {
    private static final NodeNotice NOTICE = new NodeNotice(0x0102, List.of(5671, 65_535), Standing.RESTS);
    private static final String BYTES = "0101" + "0000000000000102" + "0002" + "1627" + "ffff";

    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    }

    @Test
    void isWrittenAndRead() {
        assertThat(NOTICE.encode()).isEqualTo(bytes(BYTES));
        assertThat(NodeNotice.decode(bytes(BYTES))).isEqualTo(NOTICE);
        assertThat(NodeNotice.decode(NodeNotice.AT_FIRST.encode())).isEqualTo(NodeNotice.AT_FIRST);
    }

    @Test
    void saysThatItIsAWitness() {
        var witness = NodeNotice.AT_FIRST.with(Standing.WITNESS);
        assertThat(witness.encode()).isEqualTo(bytes("0103" + "0000000000000000" + "0000"));
        assertThat(NodeNotice.decode(witness.encode())).isEqualTo(witness);
        assertThat(witness.standing().rests()).isTrue();
    }

    @Test
    void areOrdersToRestAsWell() {
        assertThat(RestOrder.encode(true)).isEqualTo(bytes("0201"));
        assertThat(RestOrder.decode(bytes("0201"))).isTrue();
        assertThat(RestOrder.decode(RestOrder.encode(false))).isFalse();
        assertThat(RestOrder.decode(bytes("02"))).isNull();
        assertThat(RestOrder.decode(NOTICE.encode())).isNull();
        assertThat(NodeNotice.decode(bytes("0201"))).isNull();
    }

    @Test
    void passesOverWhatNewerReleasesPutBehind() {
        assertThat(NodeNotice.decode(bytes(BYTES + "deadbeef"))).isEqualTo(NOTICE);
    }

    @Test
    void isNotMadeOfAnythingElse() {
        assertThat(NodeNotice.decode(bytes(""))).isNull();
        assertThat(NodeNotice.decode(bytes("02" + BYTES.substring(2)))).isNull();
        assertThat(NodeNotice.decode(bytes(BYTES.substring(0, BYTES.length() - 2))))
                .isNull();
        assertThat(NodeNotice.decode(bytes("0100" + "0000000000000001" + "ffff")))
                .isNull();
    }
}
