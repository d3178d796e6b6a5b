package dev.godwit.amqp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpDecoder;
import dev.godwit.amqp.message.AmqpEncoder;
import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.AmqpType;
import dev.godwit.amqp.type.Decimal128;
import dev.godwit.amqp.type.Decimal32;
import dev.godwit.amqp.type.Decimal64;
import dev.godwit.amqp.type.UnsignedInteger;
import java.util.List;
import java.util.stream.Stream;
import org.apache.qpid.proton.amqp.UnknownDescribedType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProtonValuesTest {
    private static Stream<Arguments> rareValues() {
        return Stream.of(
                Arguments.of(new boolean[] {true, false}, AmqpArray.of(AmqpType.BOOLEAN, List.of(true, false))),
                Arguments.of(new byte[] {1, -1}, AmqpArray.of(AmqpType.BYTE, List.of((byte) 1, (byte) -1))),
                Arguments.of(new short[] {300}, AmqpArray.of(AmqpType.SHORT, List.of((short) 300))),
                Arguments.of(new int[] {1, 100_000}, AmqpArray.of(AmqpType.INT, List.of(1, 100_000))),
                Arguments.of(new int[0], AmqpArray.of(AmqpType.INT, List.of())),
                Arguments.of(new long[] {1L << 40}, AmqpArray.of(AmqpType.LONG, List.of(1L << 40))),
                Arguments.of(new float[] {1.5f}, AmqpArray.of(AmqpType.FLOAT, List.of(1.5f))),
                Arguments.of(new double[] {1.5}, AmqpArray.of(AmqpType.DOUBLE, List.of(1.5))),
                Arguments.of(new char[] {'a'}, AmqpArray.of(AmqpType.CHAR, List.of('a'))),
                Arguments.of(new String[] {"a", "b"}, AmqpArray.of(AmqpType.STRING, List.of("a", "b"))),
                Arguments.of(
                        new org.apache.qpid.proton.amqp.UnsignedInteger[] {
                            org.apache.qpid.proton.amqp.UnsignedInteger.valueOf(7)
                        },
                        AmqpArray.of(AmqpType.UINT, List.of(new UnsignedInteger(7)))),
                Arguments.of(
                        new Object[] {new int[] {1}, new int[] {2}},
                        AmqpArray.of(
                                AmqpType.ARRAY,
                                List.of(
                                        AmqpArray.of(AmqpType.INT, List.of(1)),
                                        AmqpArray.of(AmqpType.INT, List.of(2))))),
                Arguments.of(new org.apache.qpid.proton.amqp.Decimal32(5), new Decimal32(5)),
                Arguments.of(new org.apache.qpid.proton.amqp.Decimal64(6), new Decimal64(6)),
                Arguments.of(new org.apache.qpid.proton.amqp.Decimal128(7, 8), new Decimal128(7, 8)));
    }

    @ParameterizedTest
    @MethodSource("rareValues")
    void bringsArraysAndDecimalsIntoAFormThatCanBeWritten(Object ofEngine, Object expected) {
        var ours = ProtonValues.fromEngine(ofEngine);
        assertThat(ours).isEqualTo(expected);
        var encoder = new AmqpEncoder();
        encoder.writeValue(ours);
        assertThat(new AmqpDecoder(encoder.take()).readValue()).isEqualTo(expected);
    }

    @Test
    void givesDecimalsBackAsTheyCame() {
        for (var decimal : List.of(
                new org.apache.qpid.proton.amqp.Decimal32(5),
                new org.apache.qpid.proton.amqp.Decimal64(6),
                new org.apache.qpid.proton.amqp.Decimal128(7, 8))) {
            assertThat(ProtonValues.toEngine(ProtonValues.fromEngine(decimal))).isEqualTo(decimal);
        }
    }

    @Test
    void makesAListOfAnArrayOfDescribedValues() {
        var described = new UnknownDescribedType("descriptor", 1);
        assertThat(ProtonValues.fromEngine(new UnknownDescribedType[] {described}))
                .isEqualTo(List.of(new dev.godwit.amqp.type.DescribedValue("descriptor", 1)));
    }
}
