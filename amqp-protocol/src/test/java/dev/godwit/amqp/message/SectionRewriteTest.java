package dev.godwit.amqp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedLong;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** AMQP 1.0 §3.2.1 to §3.2.3: what a broker changes of a message that it passes on. */
class SectionRewriteTest {
    private final MessageSections sections = new MessageSections();

    @Test
    void writesEveryHeaderSoThatItReadsBack() {
        for (boolean durable : List.of(true, false)) {
            for (int priority : new int[] {0, 4, 255}) {
                for (long ttl : new long[] {MessageSections.NO_TTL, 0, 255, 256, 0xffff_ffffL}) {
                    for (boolean firstAcquirer : List.of(true, false)) {
                        for (long deliveryCount : new long[] {0, 1, 0xffff_ffffL}) {
                            var header = new Header(durable, priority, ttl, firstAcquirer, deliveryCount);
                            var encoded = MessageHeaderCodec.encode(header);
                            assertThat(encoded.remaining()).isLessThanOrEqualTo(MessageHeaderCodec.MAX_BYTES);
                            assertThat(AmqpMessage.decode(encoded).header()).isEqualTo(header);
                        }
                    }
                }
            }
        }
    }

    @Test
    void refusesHeaderThatCannotBeWritten() {
        assertThatThrownBy(() -> new Header(true, 256, 0, false, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Header(true, -1, 0, false, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Header(true, 4, -2, false, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Header(true, 4, 0, false, 1L << 32)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void replacesHeaderAndDropsDeliveryAnnotations() {
        var original = AmqpMessageTest.fullMessage();
        var encoded = original.encode();
        sections.scan(encoded);
        var header = new Header(true, 9, 1_000, false, 3);

        var sent = join(
                MessageHeaderCodec.encode(header),
                encoded.slice(
                        sections.messageAnnotationsOffset(), sections.length() - sections.messageAnnotationsOffset()));

        var received = AmqpMessage.decode(sent);
        assertThat(received.header()).isEqualTo(header);
        assertThat(received.deliveryAnnotations()).isEmpty();
        assertThat(received.messageAnnotations()).isEqualTo(original.messageAnnotations());
        assertThat(received.properties()).isEqualTo(original.properties());
        assertThat(received.body()).isEqualTo(original.body());
        assertThat(received.footer()).isEqualTo(original.footer());
    }

    @Test
    void mergesMessageAnnotations() {
        var original = Bytes.hex("005372 c1[06 a3[61] 5401 5305 5402 a3[62] 5403]" + "00537740");
        sections.scan(original);
        var further = Map.of(Symbol.of("b"), 30, Symbol.of("c"), 40);

        var merged = AnnotationsCodec.mergeMessageAnnotations(sections, further);

        sections.scan(merged);
        assertThat(sections.messageAnnotations())
                .isEqualTo(Map.of(Symbol.of("a"), 1, new UnsignedLong(5), 2, Symbol.of("b"), 30, Symbol.of("c"), 40));
        assertThat(sections.messageAnnotations().keySet()).startsWith(Symbol.of("a"), new UnsignedLong(5));
    }

    @Test
    void mergesAnnotationsIntoMessageWithout() {
        sections.scan(Bytes.hex("00537740"));
        assertThat(AnnotationsCodec.mergeMessageAnnotations(sections, Map.of()).remaining())
                .isZero();
        var merged = AnnotationsCodec.mergeMessageAnnotations(sections, Map.of(Symbol.of("a"), 1));
        sections.scan(merged);
        assertThat(sections.messageAnnotation("a")).isEqualTo(1);
    }

    private static ByteBuffer join(ByteBuffer head, ByteBuffer rest) {
        return ByteBuffer.allocate(head.remaining() + rest.remaining())
                .put(head)
                .put(rest)
                .flip();
    }
}
