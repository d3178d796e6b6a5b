package dev.godwit.amqp.type;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** AMQP 1.0 §1.6: the values that Java has no classes for. */
class ValuesTest {
    @Test
    void unsignedNumbersKnowTheirRangeAndOrder() {
        assertThat(UnsignedByte.of(255).toInt()).isEqualTo(255);
        assertThat(UnsignedShort.of(65_535).toInt()).isEqualTo(65_535);
        assertThat(UnsignedInteger.of(0xffff_ffffL).toLong()).isEqualTo(0xffff_ffffL);
        assertThat(UnsignedByte.of(128)).isGreaterThan(UnsignedByte.of(127)).hasToString("128");
        assertThat(UnsignedShort.of(32_768))
                .isGreaterThan(UnsignedShort.of(32_767))
                .hasToString("32768");
        assertThat(UnsignedInteger.of(1L << 31)).isGreaterThan(UnsignedInteger.of(1));
        for (int outside : new int[] {-1, 1 << 16}) {
            assertThatThrownBy(() -> UnsignedByte.of(outside)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> UnsignedShort.of(outside)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> UnsignedInteger.of(1L << 32)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UnsignedInteger.of(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void binaryIsEqualByItsBytes() {
        var larger = ByteBuffer.wrap(new byte[] {9, 1, 2, 3, 9}, 1, 3);
        var view = Binary.viewOf(larger);
        var copy = Binary.copyOf(new byte[] {1, 2, 3});
        assertThat(view).isEqualTo(copy).hasSameHashCodeAs(copy).isEqualByComparingTo(copy);
        assertThat(view).isNotEqualTo(Binary.copyOf(new byte[] {1, 2, 4}));
        assertThat(view.toByteArray()).containsExactly(1, 2, 3);
        assertThat(view.length()).isEqualTo(3);
        assertThat(view.byteAt(2)).isEqualTo((byte) 3);
        assertThat(larger.position()).isEqualTo(1);
    }

    @Test
    void binaryCannotBeChanged() {
        var bytes = new byte[] {1, 2, 3};
        var binary = Binary.copyOf(bytes);
        bytes[0] = 9;
        binary.toByteArray()[1] = 9;
        binary.asByteBuffer().get();
        assertThat(binary).isEqualTo(Binary.copyOf(new byte[] {1, 2, 3}));
        assertThat(binary.asByteBuffer().isReadOnly()).isTrue();
    }

    @Test
    void binariesAreOrderedByUnsignedBytes() {
        var sorted = List.of(
                Binary.copyOf(new byte[] {}),
                Binary.copyOf(new byte[] {1}),
                Binary.copyOf(new byte[] {1, 0}),
                Binary.copyOf(new byte[] {2}),
                Binary.copyOf(new byte[] {-1}));
        for (int i = 0; i < sorted.size(); i++) {
            for (int j = 0; j < sorted.size(); j++) {
                assertThat(Integer.signum(sorted.get(i).compareTo(sorted.get(j))))
                        .isEqualTo(Integer.compare(i, j));
            }
        }
    }

    @Test
    void binaryShowsItsBeginning() {
        assertThat(Binary.copyOf(new byte[] {1, -1})).hasToString("01ff");
        assertThat(Binary.copyOf(new byte[1_000]).toString())
                .startsWith("0000")
                .endsWith("(1000 bytes)")
                .hasSizeLessThan(100);
    }

    @Test
    void arraysAreEqualByTypeAndElements() {
        assertThat(AmqpArray.ofSymbols(Symbol.of("a")))
                .isEqualTo(AmqpArray.of(AmqpType.SYMBOL, List.of(Symbol.of("a"))))
                .isNotEqualTo(AmqpArray.ofSymbols(Symbol.of("b")));
        assertThat(AmqpArray.of(AmqpType.INT, List.of())).isNotEqualTo(AmqpArray.of(AmqpType.LONG, List.of()));
        var elements = new ArrayList<Integer>(List.of(1));
        var array = AmqpArray.of(AmqpType.INT, elements);
        elements.add(2);
        assertThat(array.elements()).containsExactly(1);
    }

    @Test
    void onlyCharactersBeyondTheBasicPlaneAreSupplementary() {
        assertThat(new SupplementaryCharacter(0x1f600)).hasToString("😀");
        for (int codePoint : new int[] {'a', 0xffff, 0x110000, -1}) {
            assertThatThrownBy(() -> new SupplementaryCharacter(codePoint))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
