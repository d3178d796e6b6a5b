package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConsumerPriorityTest {
    private static final Symbol RABBITS = Symbol.of("rabbitmq:priority");
    private static final Symbol OTHERS = Symbol.of("priority");

    private static int of(Object value) {
        assertThat(ConsumerPriority.objection(Map.of(OTHERS, value))).isNull();
        return ConsumerPriority.of(Map.of(OTHERS, value));
    }

    @Test
    void isAnyWholeNumberUnderTheNamesThatBrokersHaveForIt() {
        assertThat(ConsumerPriority.of(Map.of())).isZero();
        assertThat(ConsumerPriority.of(Map.of(Symbol.of("prioritaet"), 7))).isZero();
        assertThat(ConsumerPriority.of(Map.of(RABBITS, -7))).isEqualTo(-7);
        assertThat(ConsumerPriority.of(Map.of(RABBITS, 1, OTHERS, 2))).isEqualTo(1);
        assertThat(of(Integer.MIN_VALUE)).isEqualTo(Integer.MIN_VALUE);
        assertThat(of((byte) -3)).isEqualTo(-3);
        assertThat(of(5L)).isEqualTo(5);
        assertThat(of(UnsignedByte.of(200))).isEqualTo(200);
        assertThat(of(UnsignedInteger.of(9))).isEqualTo(9);
        assertThat(of(new UnsignedLong(11))).isEqualTo(11);
    }

    @Test
    void objectsToWhatIsNoSuchNumber() {
        assertThat(ConsumerPriority.objection(Map.of())).isNull();
        for (Object wrong : new Object[] {"high", 1.5, 1L << 40, new UnsignedInteger(-1), new UnsignedLong(-1)}) {
            assertThat(ConsumerPriority.objection(Map.of(RABBITS, wrong)))
                    .contains("a whole number")
                    .contains(wrong.toString());
        }
    }
}
