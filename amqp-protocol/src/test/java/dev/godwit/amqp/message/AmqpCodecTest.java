package dev.godwit.amqp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.AmqpType;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Decimal128;
import dev.godwit.amqp.type.Decimal32;
import dev.godwit.amqp.type.Decimal64;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.SupplementaryCharacter;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** AMQP 1.0 part 1: every type in every encoding. */
class AmqpCodecTest {
    private static final UUID SOME_UUID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final String LONG_TEXT = "x".repeat(300);

    /** Section, bytes, value; the first encoding of each value is the one that we write. */
    static Stream<Arguments> encodings() {
        return Stream.of(
                arguments("1.6.1 null", "40", null),
                arguments("1.6.2 boolean", "41", true),
                arguments("1.6.2 boolean", "42", false),
                arguments("1.6.3 ubyte", "50 ff", UnsignedByte.of(255)),
                arguments("1.6.4 ushort", "60 fffe", UnsignedShort.of(65534)),
                arguments("1.6.5 uint", "43", UnsignedInteger.of(0)),
                arguments("1.6.5 uint", "52 ff", UnsignedInteger.of(255)),
                arguments("1.6.5 uint", "70 00000100", UnsignedInteger.of(256)),
                arguments("1.6.5 uint", "70 ffffffff", UnsignedInteger.of(0xffff_ffffL)),
                arguments("1.6.6 ulong", "44", new UnsignedLong(0)),
                arguments("1.6.6 ulong", "53 ff", new UnsignedLong(255)),
                arguments("1.6.6 ulong", "80 0000000000000100", new UnsignedLong(256)),
                arguments("1.6.6 ulong", "80 ffffffffffffffff", new UnsignedLong(-1)),
                arguments("1.6.7 byte", "51 80", (byte) -128),
                arguments("1.6.8 short", "61 8000", Short.MIN_VALUE),
                arguments("1.6.9 int", "54 80", -128),
                arguments("1.6.9 int", "71 00000080", 128),
                arguments("1.6.9 int", "71 80000000", Integer.MIN_VALUE),
                arguments("1.6.10 long", "55 ff", -1L),
                arguments("1.6.10 long", "81 ffffffffffffff7f", -129L),
                arguments("1.6.11 float", "72 3fc00000", 1.5f),
                arguments("1.6.12 double", "82 bff8000000000000", -1.5),
                arguments("1.6.13 decimal32", "74 22500001", new Decimal32(0x22500001)),
                arguments("1.6.14 decimal64", "84 2234000000000001", new Decimal64(0x2234000000000001L)),
                arguments("1.6.15 decimal128", "94 0000000000000001 0000000000000002", new Decimal128(1, 2)),
                arguments("1.6.16 char", "73 000020ac", '€'),
                arguments("1.6.16 char", "73 0001f600", new SupplementaryCharacter(0x1f600)),
                arguments("1.6.17 timestamp", "83 00000000000003e9", Instant.ofEpochMilli(1001)),
                arguments("1.6.17 timestamp", "83 8000000000000000", Instant.ofEpochMilli(Long.MIN_VALUE)),
                arguments("1.6.18 uuid", "98 00112233445566778899aabbccddeeff", SOME_UUID),
                arguments("1.6.19 binary", "a0 00", binary()),
                arguments("1.6.19 binary", "a0 03 0001ff", binary(0, 1, 255)),
                arguments("1.6.19 binary", "b0 00000100" + "00".repeat(256), Binary.copyOf(new byte[256])),
                arguments("1.6.20 string", "a1 00", ""),
                arguments("1.6.20 string", "a1 0a 61c3a4e282acf09f9880", "aä€😀"),
                arguments("1.6.20 string", "b1 0000012c" + "78".repeat(300), LONG_TEXT),
                arguments("1.6.21 symbol", "a3 03 616263", Symbol.of("abc")),
                arguments("1.6.21 symbol", "b3 0000012c" + "78".repeat(300), Symbol.of(LONG_TEXT)),
                arguments("1.6.22 list", "45", List.of()),
                arguments("1.6.22 list", "c0 04 02 5401 40", Arrays.asList(1, null)),
                arguments("1.6.22 list", "d0 00000104 00000100" + "41".repeat(256), Collections.nCopies(256, true)),
                arguments("1.6.23 map", "c1 01 00", Map.of()),
                arguments("1.6.23 map", "c1 09 04 a10161 40 a30161 41", mapOfTwo()),
                arguments("1.6.24 array of ints", "e0 04 02 54 01ff", AmqpArray.of(AmqpType.INT, List.of(1, -1))),
                arguments("1.6.24 empty array", "e0 02 00 a3", AmqpArray.of(AmqpType.SYMBOL, List.of())),
                arguments("1.3.2 described", "00 53 70 45", new DescribedValue(new UnsignedLong(0x70), List.of())),
                arguments("1.3.2 described", "00 a30161 40", new DescribedValue(Symbol.of("a"), null)),
                arguments(
                        "1.3.2 described twice",
                        "00 5301 00 5302 41",
                        new DescribedValue(new UnsignedLong(1), new DescribedValue(new UnsignedLong(2), true))));
    }

    /** Encodings that we read but do not write, since there are smaller ones. */
    static Stream<Arguments> widerEncodings() {
        return Stream.of(
                arguments("1.6.2 boolean", "56 01", true),
                arguments("1.6.2 boolean", "56 00", false),
                arguments("1.6.5 uint", "52 00", UnsignedInteger.of(0)),
                arguments("1.6.5 uint", "70 00000005", UnsignedInteger.of(5)),
                arguments("1.6.6 ulong", "80 0000000000000005", new UnsignedLong(5)),
                arguments("1.6.9 int", "71 ffffffff", -1),
                arguments("1.6.10 long", "81 0000000000000001", 1L),
                arguments("1.6.19 binary", "b0 00000001 07", binary(7)),
                arguments("1.6.20 string", "b1 00000001 61", "a"),
                arguments("1.6.21 symbol", "b3 00000001 61", Symbol.of("a")),
                arguments("1.6.22 list", "c0 01 00", List.of()),
                arguments("1.6.22 list", "d0 00000005 00000001 41", List.of(true)),
                arguments("1.6.23 map", "d1 0000000b 00000002 a1 03 6b6579 54 01", Map.of("key", 1)),
                arguments("1.6.24 array", "f0 00000006 00000001 56 01", AmqpArray.of(AmqpType.BOOLEAN, List.of(true))),
                arguments(
                        "1.6.24 array without bytes",
                        "e0 02 03 43",
                        AmqpArray.of(AmqpType.UINT, Collections.nCopies(3, UnsignedInteger.ZERO))));
    }

    @ParameterizedTest(name = "§{0}: {1}")
    @MethodSource("encodings")
    void writesSmallestEncoding(String section, String hex, Object value) {
        var encoder = new AmqpEncoder(0);
        encoder.writeValue(value);
        assertThat(Bytes.hex(encoder.toByteBuffer())).isEqualTo(hex.replace(" ", ""));
    }

    @ParameterizedTest(name = "§{0}: {1}")
    @MethodSource({"encodings", "widerEncodings"})
    void readsEncoding(String section, String hex, Object value) {
        for (var bytes : List.of(
                Bytes.hex(hex),
                Bytes.direct(Bytes.hex(hex)),
                Bytes.embedded(Bytes.hex(hex)),
                Bytes.hex(hex).asReadOnlyBuffer())) {
            var decoder = new AmqpDecoder(bytes);
            assertThat(decoder.readValue()).isEqualTo(value);
            assertThat(decoder.hasRemaining()).isFalse();
        }
    }

    @ParameterizedTest(name = "§{0}: {1}")
    @MethodSource({"encodings", "widerEncodings"})
    void checkAgreesWithDecoder(String section, String hex, Object value) {
        var bytes = Bytes.hex(hex);
        assertThat(new ValueCheck().check(bytes, 0, bytes.limit(), 0)).isEqualTo(bytes.limit());
        assertThat(EncodedValue.skip(bytes, 0, bytes.limit())).isEqualTo(bytes.limit());
    }

    @ParameterizedTest(name = "§{0}: {1}")
    @MethodSource({"encodings", "widerEncodings"})
    void refusesEncodingCutShort(String section, String hex, Object value) {
        var whole = Bytes.hex(hex);
        for (int length = 0; length < whole.limit(); length++) {
            var cut = whole.slice(0, length);
            assertThatThrownBy(() -> new AmqpDecoder(cut).readValue()).isInstanceOf(AmqpDecodeException.class);
            assertThatThrownBy(() -> new ValueCheck().check(cut, 0, cut.limit(), 0))
                    .isInstanceOf(AmqpDecodeException.class);
        }
    }

    /** §1.6.24: one constructor for all elements, of any type, described too. */
    @ParameterizedTest
    @MethodSource("arrays")
    void keepsArrayAnArray(AmqpArray array) {
        assertThat(decode(encode(array))).isEqualTo(array);
    }

    static Stream<AmqpArray> arrays() {
        var symbols = AmqpArray.ofSymbols(Symbol.of("a"), Symbol.of("b"));
        return Stream.of(
                AmqpArray.of(AmqpType.NULL, Arrays.asList(null, null)),
                AmqpArray.of(AmqpType.BOOLEAN, List.of(true, false)),
                AmqpArray.of(AmqpType.UBYTE, List.of(UnsignedByte.of(200))),
                AmqpArray.of(AmqpType.USHORT, List.of(UnsignedShort.of(60000))),
                AmqpArray.of(AmqpType.UINT, List.of(UnsignedInteger.of(1), UnsignedInteger.of(255))),
                AmqpArray.of(AmqpType.UINT, List.of(UnsignedInteger.of(1), UnsignedInteger.of(256))),
                AmqpArray.of(AmqpType.ULONG, List.of(new UnsignedLong(1), new UnsignedLong(255))),
                AmqpArray.of(AmqpType.ULONG, List.of(new UnsignedLong(1), new UnsignedLong(-1))),
                AmqpArray.of(AmqpType.BYTE, List.of((byte) -1)),
                AmqpArray.of(AmqpType.SHORT, List.of((short) -1)),
                AmqpArray.of(AmqpType.INT, List.of(-128, 127)),
                AmqpArray.of(AmqpType.INT, List.of(-129)),
                AmqpArray.of(AmqpType.LONG, List.of(-128L, 127L)),
                AmqpArray.of(AmqpType.LONG, List.of(128L)),
                AmqpArray.of(AmqpType.FLOAT, List.of(1.5f)),
                AmqpArray.of(AmqpType.DOUBLE, List.of(1.5)),
                AmqpArray.of(AmqpType.DECIMAL32, List.of(new Decimal32(1))),
                AmqpArray.of(AmqpType.DECIMAL64, List.of(new Decimal64(1))),
                AmqpArray.of(AmqpType.DECIMAL128, List.of(new Decimal128(1, 2))),
                AmqpArray.of(AmqpType.CHAR, List.of('a', new SupplementaryCharacter(0x1f600))),
                AmqpArray.of(AmqpType.TIMESTAMP, List.of(Instant.ofEpochMilli(-1))),
                AmqpArray.of(AmqpType.UUID, List.of(SOME_UUID)),
                AmqpArray.of(AmqpType.BINARY, List.of(binary(1, 2), binary())),
                AmqpArray.of(AmqpType.BINARY, List.of(Binary.copyOf(new byte[300]))),
                AmqpArray.of(AmqpType.STRING, List.of("ä", "")),
                AmqpArray.of(AmqpType.STRING, List.of("ä", LONG_TEXT)),
                symbols,
                AmqpArray.of(AmqpType.SYMBOL, List.of(Symbol.of(LONG_TEXT))),
                AmqpArray.of(AmqpType.LIST, List.of(List.of(1, "two"), List.of())),
                AmqpArray.of(AmqpType.MAP, List.of(Map.of("key", symbols), Map.of())),
                AmqpArray.of(AmqpType.ARRAY, List.of(symbols, AmqpArray.of(AmqpType.INT, List.of(1)))),
                AmqpArray.of(AmqpType.INT, Collections.nCopies(1000, 70_000)),
                new AmqpArray(AmqpType.LIST, List.of(Symbol.of("outer"), new UnsignedLong(5)), List.of(List.of(1))));
    }

    @Test
    void keepsListsAndMapsOfEverySizeAcrossTheirEncodings() {
        for (int size = 0; size < 300; size++) {
            var list = new ArrayList<Object>();
            var map = new LinkedHashMap<Object, Object>();
            for (int i = 0; i < size; i++) {
                list.add(i);
                map.put(i, "v" + i);
            }
            list.add(map);
            assertThat(decode(encode(list))).isEqualTo(list);
        }
    }

    @Test
    void keepsOrderOfMap() {
        var map = new LinkedHashMap<Object, Object>();
        for (int i = 100; i > 0; i--) {
            map.put("key" + i, i);
        }
        assertThat((Map<?, ?>) decode(encode(map))).containsExactlyEntriesOf(cast(map));
    }

    @SuppressWarnings("unchecked")
    private static <K, V> Map<K, V> cast(Map<?, ?> map) {
        return (Map<K, V>) map;
    }

    @Test
    void keepsEveryUnicodeCharacterOfStrings() {
        var text = new StringBuilder();
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint += 97) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                text.appendCodePoint(codePoint);
            }
        }
        text.append("\u007f\u0080\u07ff\u0800\uffff").appendCodePoint(0x10000).appendCodePoint(0x10ffff);
        assertThat(decode(encode(text.toString()))).isEqualTo(text.toString());
    }

    @Test
    void refusesToWriteWhatAmqpCannotCarry() {
        var nullKey = new HashMap<Object, Object>();
        nullKey.put(null, 1);
        for (Object value : Arrays.asList(
                new Object(),
                "half a pair \ud83d",
                "half a pair \ude00 x",
                "\ud83d\ud83d",
                Symbol.of("ä"),
                Instant.MAX,
                nullKey,
                Map.of(List.of(1), 1),
                Map.of(new DescribedValue(Symbol.of("a"), 1), 1),
                AmqpArray.of(AmqpType.INT, List.of("text")),
                AmqpArray.of(AmqpType.INT, List.of(new DescribedValue(Symbol.of("a"), 1))),
                AmqpArray.of(AmqpType.NULL, Collections.nCopies(65_537, null)))) {
            assertThatThrownBy(() -> encode(value)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void refusesToWriteListThatContainsItself() {
        var list = new ArrayList<Object>();
        list.add(list);
        assertThatThrownBy(() -> encode(list)).hasMessageContaining("nest deeper than 32");
    }

    @Test
    void encoderServesAgainAfterItWasEmptied() {
        var encoder = new AmqpEncoder(1);
        encoder.writeString("first");
        var first = encoder.take();
        encoder.writeString("second");
        assertThat(decode(encoder.toByteBuffer())).isEqualTo("second");
        encoder.clear();
        encoder.writeString("third");
        assertThat(decode(encoder.take())).isEqualTo("third");
        assertThat(decode(first)).isEqualTo("first");
        assertThat(encoder.size()).isZero();
    }

    private static ByteBuffer encode(Object value) {
        var encoder = new AmqpEncoder(0);
        encoder.writeValue(value);
        return encoder.take();
    }

    private static @Nullable Object decode(ByteBuffer bytes) {
        new ValueCheck().check(bytes, bytes.position(), bytes.limit(), 0);
        var decoder = new AmqpDecoder(bytes);
        Object value = decoder.readValue();
        assertThat(decoder.hasRemaining()).isFalse();
        return value;
    }

    private static Binary binary(int... bytes) {
        var copy = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            copy[i] = (byte) bytes[i];
        }
        return Binary.copyOf(copy);
    }

    private static Map<Object, Object> mapOfTwo() {
        var map = new LinkedHashMap<Object, Object>();
        map.put("a", null);
        map.put(Symbol.of("a"), true);
        return map;
    }
}
