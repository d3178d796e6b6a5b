package dev.godwit.distribution.perf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Symbol;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTemplateTest {
    private static final long RUN = 0x1122334455667788L;

    @ParameterizedTest
    @ValueSource(ints = {PayloadTemplate.SIZE_BYTES_MIN, 64, 255, 256, 1024, 1 << 20})
    void stampsMessagesThatAreWellFormed(int size) {
        var template = new PayloadTemplate(size, true, 0, RUN, 7);
        ByteBuffer head = template.newHead();
        template.stamp(head, 42, -1);
        template.stamp(head, 43, 99);
        ByteBuffer message = join(head, template.rest());

        AmqpMessage decoded = AmqpMessage.decode(message.duplicate());
        assertThat(decoded.header().durable()).isTrue();
        assertThat(((MessageBody.Data) decoded.body()).length()).isEqualTo(size);
        ByteBuffer data = data(message);
        assertThat(PayloadTemplate.isOfRun(data, RUN)).isTrue();
        assertThat(PayloadTemplate.producer(data)).isEqualTo(7);
        assertThat(PayloadTemplate.sequence(data)).isEqualTo(43);
        assertThat(PayloadTemplate.timeNanos(data)).isEqualTo(99);
    }

    @Test
    void knowsTheMessagesOfOtherRuns() {
        var template = new PayloadTemplate(64, false, 0, RUN, 0);
        ByteBuffer data = data(join(template.newHead(), template.rest()));
        assertThat(PayloadTemplate.isOfRun(data, RUN + 1)).isFalse();
        assertThat(PayloadTemplate.isOfRun(ByteBuffer.allocate(64), RUN)).isFalse();
        assertThat(PayloadTemplate.isOfRun(ByteBuffer.allocate(3), RUN)).isFalse();
    }

    @Test
    void schedulesAllMessagesForOneTime() {
        long before = System.currentTimeMillis();
        var template = new PayloadTemplate(64, true, 60_000, RUN, 0);
        var decoded = AmqpMessage.decode(join(template.newHead(), template.rest()));
        assertThat((Long) decoded.messageAnnotations().get(Symbol.of("x-opt-delivery-time")))
                .isBetween(before + 60_000, System.currentTimeMillis() + 60_000);
    }

    private static ByteBuffer join(ByteBuffer head, ByteBuffer rest) {
        return ByteBuffer.allocate(head.remaining() + rest.remaining())
                .put(head.duplicate())
                .put(rest.duplicate())
                .flip();
    }

    private static ByteBuffer data(ByteBuffer message) {
        var sections = new MessageSections();
        sections.scan(message);
        return Objects.requireNonNull(sections.firstData());
    }
}
