package dev.godwit.amqp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.conformance.Spec;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that were made to hurt: each is refused, at once, and before memory is spent on it. */
class HostileEncodingTest {
    private static final int BOMB_BYTES = 1_000_000;

    /** What an exception may cost, and a few small objects for each of 32 levels. */
    private static final long SMALL_ALLOCATION_BYTES = 20_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ValueCheck check = new ValueCheck();

    private void assertRefused(ByteBuffer value) {
        assertThatThrownBy(() -> new AmqpDecoder(value).readValue()).isInstanceOf(AmqpDecodeException.class);
        assertThatThrownBy(() -> check.check(value, 0, value.limit(), 0)).isInstanceOf(AmqpDecodeException.class);
        long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        boolean refused = isRefused(value);
        long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertThat(refused).isTrue();
        assertThat(allocated).isLessThan(SMALL_ALLOCATION_BYTES);
    }

    private static boolean isRefused(ByteBuffer value) {
        try {
            new AmqpDecoder(value).readValue();
            return false;
        } catch (AmqpDecodeException e) {
            return true;
        }
    }

    @Test
    void readsValuesNested32DeepAndNoDeeper() {
        for (String level : List.of("list", "map", "array", "described")) {
            var deepest = nested(level, AmqpDecoder.MAX_NESTING);
            new AmqpDecoder(deepest).readValue();
            assertThat(check.check(deepest, 0, deepest.limit(), 0)).isEqualTo(deepest.limit());
            assertRefused(nested(level, AmqpDecoder.MAX_NESTING + 1));
        }
    }

    /** A value inside so many lists, maps, arrays or descriptors. */
    private static ByteBuffer nested(String level, int levels) {
        var value = Bytes.hex(level.equals("array") ? "e0 02 00 40" : "40");
        for (int i = level.equals("array") ? 1 : 0; i < levels; i++) {
            var inner = value;
            var outer = ByteBuffer.allocate(inner.remaining() + 20);
            switch (level) {
                case "list" ->
                    outer.put((byte) 0xd0).putInt(inner.remaining() + 4).putInt(1);
                case "map" ->
                    outer.put((byte) 0xd1)
                            .putInt(inner.remaining() + 5)
                            .putInt(2)
                            .put((byte) 0x43);
                case "array" -> {
                    // An element has no code of its own, since the array has one for all.
                    var bare = inner.duplicate();
                    byte code = bare.get();
                    outer.put((byte) 0xf0)
                            .putInt(bare.remaining() + 5)
                            .putInt(1)
                            .put(code);
                    inner = bare;
                }
                default -> outer.put((byte) 0x00).put((byte) 0x43);
            }
            value = outer.put(inner.duplicate()).flip().slice();
        }
        return value;
    }

    @Test
    void survivesBombsOfNestedLists() {
        for (String level : List.of("00", "c0ff01", "d07fffffff00000001", "d0000f000000000001", "e0ff01e0", "c1ff02")) {
            assertRefused(Bytes.hex(level.repeat(BOMB_BYTES / level.length())));
        }
        // Well formed lists, deep enough for a stack to overflow.
        assertRefused(nested("list", 5_000));
    }

    @Test
    void survivesBombInMessageAnnotations() {
        var encoder = new AmqpEncoder();
        encoder.writeDescriptor(SectionCode.MESSAGE_ANNOTATIONS);
        int mark = encoder.beginMap();
        encoder.writeSymbol(Symbol.of("x-bomb"));
        Bytes.put(encoder, nested("list", 5_000));
        encoder.endMap(mark, 1);
        var message = encoder.take();
        assertThatThrownBy(() -> new MessageSections().scan(message)).hasMessageContaining("nest deeper than 32");
    }

    /** Bytes, and what is said of them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    b0 7fffffff 00                 | bytes wanted
                    b0 ffffffff 00                 | no buffer holds
                    b1 7fffffff 61                 | bytes wanted
                    b3 7fffffff 61                 | bytes wanted
                    b1 80000000 61                 | no buffer holds
                    a1 ff 61                       | bytes wanted
                    d0 7fffffff 00000000           | bytes wanted
                    d0 ffffffff ffffffff           | no buffer holds
                    d0[7fffffff 40]                | 2147483647 values cannot be in 1 bytes
                    d0[80000000]                   | no buffer holds
                    d0[000000]                     | bytes wanted
                    c0[]                           | bytes wanted
                    c0[03 5040]                    | 3 values cannot be in 2 bytes
                    c0[02 5040]                    | left of what encloses
                    c0[01 40 40]                   | left over
                    c0[01 50] 40                   | left of what encloses
                    d1[7ffffffe 40]                | values cannot be in 1 bytes
                    f0[7fffffff 50 00]             | elements cannot be in 1 bytes
                    f0[05f5e100 40]                | 100000000 elements without bytes
                    f0[05f5e100 43]                | 100000000 elements without bytes
                    f0[05f5e100 45]                | 100000000 elements without bytes
                    f0[00010001 41]                | 65537 elements without bytes
                    f0[ffffffff 41]                | no buffer holds
                    f0[05f5e100 00 5301 40]        | 100000000 elements without bytes
                    f0[00000000]                   | left of what encloses
                    e0[00]                         | left of what encloses
                    e0[01 ff]                      | no AMQP format code
                    e0[01 00 40 40]                | descriptor is null
                    e0[01 50 00 00]                | left over
                    00 40 40                       | descriptor is null
                    00 5301                        | left of what encloses
                    c1[03 43 41 40]                | no partner
                    c1[01 43]                      | no partner
                    c1[02 40 41]                   | key
                    c1[04 43 41 43 42]             | second time
                    c1[04 43 41 5200 42]           | second time
                    c1[04 43 41 70 00000000 42]    | second time
                    c1[04 a1[61] 41 a1[61] 42]     | second time
                    c1[04 a1[61] 41 b1[61] 42]     | second time
                    c1[04 41 41 5601 42]           | second time
                    c1[04 72 7fc00000 41 72 7fc00001 42] | second time
                    c1[02 45 41]                   | key
                    c1[02 c1[00] 41]               | key
                    c1[02 e0[00 40] 41]            | key
                    c1[02 00 43 43 41]             | key
                    """)
    @Spec({"1.2/malformed", "1.6.23/pairs", "1.6.23/twice"})
    void refusesSizesCountsAndKeysThatCannotBe(String hex, String why) {
        assertRefused(Bytes.hex(hex));
        assertRefused(Bytes.hex("d0[00000001" + hex + "]"));
        // The two say the same in their own words: of a value that is not there, the checker says that it is missing.
        String orMissing = why.startsWith("left of") || why.startsWith("bytes wanted") ? "|value is missing" : "";
        assertThatThrownBy(() -> new AmqpDecoder(Bytes.hex(hex)).readValue()).hasMessageContaining(why);
        assertThatThrownBy(() -> check.check(Bytes.hex(hex), 0, Bytes.hex(hex).limit(), 0))
                .hasMessageMatching("byte .*(" + why + orMissing + ").*");
    }

    @Test
    void keepsKeysOfDifferentTypesApart() {
        // uint 0, ulong 0, int 0, long 0, false, "a", symbol a, binary a, +0.0, -0.0
        var bytes = Bytes.hex(
                "c1[14 4340 4440 540040 550040 4240 a1[61]40 a3[61]40 a0[61]40" + " 7200000000 40 7280000000 40]");
        assertThat((Map<?, ?>) new AmqpDecoder(bytes).readValue()).hasSize(10);
        assertThat(check.check(bytes, 0, bytes.limit(), 0)).isEqualTo(bytes.limit());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "80", // a continuation without a beginning
                "c3", // a beginning without a continuation
                "c328", // a continuation that is none
                "e282", // two of three
                "e28228",
                "f09f98", // three of four
                "f09f9828",
                "c080", // zero in two bytes
                "c1bf",
                "e08080", // zero in three
                "e09fbf",
                "f0808080", // zero in four
                "f08fbfbf",
                "eda080", // half of a surrogate pair
                "edbfbf",
                "f4908080", // beyond U+10FFFF
                "f5808080",
                "ff",
                "6161616161616161ff", // behind eight good ones
            })
    @Spec({"1.6.20/utf-8", "1.6.21/ascii"})
    void refusesTextThatIsNotUtf8(String hex) {
        var text = Bytes.hex(hex);
        var encoded = ByteBuffer.allocate(text.remaining() + 2)
                .put((byte) 0xa1)
                .put((byte) text.remaining())
                .put(text)
                .flip();
        assertRefused(encoded);
        encoded.put(0, (byte) 0xa3);
        assertRefused(encoded);
    }

    @Test
    void keepsNoneOfManySymbols() {
        var seen = new WeakReference<>(readSymbol());
        assertThat(readSymbol()).isNotSameAs(readSymbol());
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> {
            System.gc();
            return seen.get() == null;
        });
    }

    private static @Nullable Object readSymbol() {
        return new AmqpDecoder(Bytes.hex("a3[6f6e652d6f6666]")).readValue();
    }

    @Test
    void readsKeysThatCollideWithoutSlowingDown() {
        var keys = colliding(15);
        assertThat(keys)
                .hasSize(1 << 15)
                .allMatch(key -> key.hashCode() == keys.get(0).hashCode());
        var map = encodedMap(keys, AmqpEncoder::writeString);
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
            assertThat((Map<?, ?>) new AmqpDecoder(map).readValue()).hasSize(keys.size());
            assertThat(check.check(map, 0, map.limit(), 0)).isEqualTo(map.limit());
        });
    }

    /** Keys of two classes with the same hash would find no order in a hash map's trees. */
    @Test
    void refusesLargeMapWithKeysOfSeveralTypes() {
        assertRefused(encodedMap(colliding(11), (encoder, key) -> {
            if (encoder.size() % 2 == 0) {
                encoder.writeString(key);
            } else {
                encoder.writeSymbol(Symbol.of(key));
            }
        }));
    }

    private static ByteBuffer encodedMap(List<String> keys, BiConsumer<AmqpEncoder, String> writeKey) {
        var encoder = new AmqpEncoder();
        int mark = encoder.beginMap();
        for (String key : keys) {
            writeKey.accept(encoder, key);
            encoder.writeNull();
        }
        encoder.endMap(mark, keys.size());
        return encoder.take();
    }

    /** 2^pairs different strings of one hash code. */
    private static List<String> colliding(int pairs) {
        var strings = List.of("");
        for (int i = 0; i < pairs; i++) {
            var longer = new ArrayList<String>();
            for (String string : strings) {
                longer.add(string + "Aa");
                longer.add(string + "BB");
            }
            strings = longer;
        }
        return strings;
    }
}
