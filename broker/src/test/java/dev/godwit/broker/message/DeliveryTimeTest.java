package dev.godwit.broker.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DeliveryTimeTest {
    private static final long NOW = 1_000_000;

    private final MessageReader reader = new MessageReader();

    private Message read(Map<String, ?> annotations) {
        var message = AmqpMessage.builder(new MessageBody.Value("x"));
        annotations.forEach((name, value) -> message.messageAnnotation(Symbol.of(name), value));
        return reader.read(message.build().encode(), NOW);
    }

    private long time(Object value) {
        return read(Map.of("x-opt-other", 1, "x-opt-delivery-time", value)).notBeforeMillis();
    }

    private long delay(Object value) {
        return read(Map.of("x-opt-other", 1, "x-opt-delivery-delay", value)).notBeforeMillis();
    }

    @Test
    void readsATimeOfAnyIntegerTypeAndTimestamps() {
        assertThat(time(Instant.ofEpochMilli(NOW + 5))).isEqualTo(NOW + 5);
        assertThat(time(NOW + 5)).isEqualTo(NOW + 5);
        assertThat(time(7)).isEqualTo(7);
        assertThat(time(new UnsignedLong(-1))).isEqualTo(Long.MAX_VALUE - 1);
    }

    @Test
    void readsADelayOfAnyIntegerType() {
        for (Object five : new Object[] {
            (byte) 5,
            (short) 5,
            5,
            5L,
            new UnsignedByte((byte) 5),
            new UnsignedShort((short) 5),
            new UnsignedInteger(5),
            new UnsignedLong(5)
        }) {
            assertThat(delay(five)).as("%s", five.getClass()).isEqualTo(NOW + 5);
        }
        assertThat(delay(new UnsignedInteger(-1))).isEqualTo(NOW + 0xFFFF_FFFFL);
        assertThat(delay(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE - 1);
        assertThat(delay(0)).isEqualTo(DeliveryTime.AT_ONCE);
    }

    @Test
    void prefersTheTime() {
        assertThat(read(Map.of("x-opt-delivery-time", NOW + 5, "x-opt-delivery-delay", 9))
                        .notBeforeMillis())
                .isEqualTo(NOW + 5);
    }

    @Test
    void takesOthersForMessagesThatMayGoAtOnce() {
        assertThat(read(Map.of()).notBeforeMillis()).isEqualTo(DeliveryTime.AT_ONCE);
        assertThat(read(Map.of("x-opt-delivery-timeout", 5)).notBeforeMillis()).isEqualTo(DeliveryTime.AT_ONCE);
        assertThat(reader.objectionToDeliveryTime()).isNull();
    }

    @Test
    void saysWhatIsWrongWithNonsense() {
        for (Object nonsense : new Object[] {"soon", -1, -1L, 1.5, true, Instant.ofEpochMilli(-1)}) {
            time(nonsense);
            var error = Objects.requireNonNull(reader.objectionToDeliveryTime());
            assertThat(AmqpError.INVALID_FIELD.is(error)).isTrue();
            assertThat(error.description()).contains("x-opt-delivery-time");
        }
        for (Object nonsense : new Object[] {"soon", -1, Instant.ofEpochMilli(5)}) {
            delay(nonsense);
            assertThat(Objects.requireNonNull(reader.objectionToDeliveryTime()).description())
                    .contains("x-opt-delivery-delay");
        }
        read(Map.of());
        assertThat(reader.objectionToDeliveryTime()).isNull();
    }

    @Test
    void deadLetterDoesNotWaitAgain() throws Exception {
        var message = read(Map.of("x-opt-delivery-delay", 5_000));
        var added = Objects.requireNonNull(AddedAnnotations.merge(null, Map.of(Symbol.of("x-opt-why"), "so")));
        assertThat(message.asDeadLetter(added, reader).notBeforeMillis()).isEqualTo(DeliveryTime.AT_ONCE);
        assertThat(message.headAsDeadLetter(added, 10_000, reader).notBeforeMillis())
                .isEqualTo(DeliveryTime.AT_ONCE);
        assertThat(reader.readAgain(message.encoded(), NOW).notBeforeMillis()).isEqualTo(DeliveryTime.AT_ONCE);
    }
}
