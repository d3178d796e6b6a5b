package dev.godwit.jms.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageFormatException;
import jakarta.jms.StreamMessage;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every cell of the two conversion tables, for properties, map entries and stream items. */
class ConversionTest {
    private static final MessageFactory MESSAGES = new MessageFactory(DeserializationPolicy.NOTHING, true);

    /** The values to write, by their type. The text is one that every type can be parsed from. */
    private static final Map<String, Object> WRITTEN = Map.ofEntries(
            Map.entry("boolean", true),
            Map.entry("byte", (byte) 1),
            Map.entry("short", (short) 1),
            Map.entry("char", 'x'),
            Map.entry("int", 1),
            Map.entry("long", 1L),
            Map.entry("float", 1.5f),
            Map.entry("double", 1.5),
            Map.entry("String", "1"),
            Map.entry("bytes", new byte[] {1}));

    /** What each type may be read as, besides itself. */
    private static final Map<String, Set<String>> READABLE = Map.of(
            "boolean", Set.of("String"),
            "byte", Set.of("short", "int", "long", "String"),
            "short", Set.of("int", "long", "String"),
            "char", Set.of("String"),
            "int", Set.of("long", "String"),
            "long", Set.of("String"),
            "float", Set.of("double", "String"),
            "double", Set.of("String"),
            "String", Set.of("boolean", "byte", "short", "int", "long", "float", "double"),
            "bytes", Set.of());

    private interface Getter {
        Object get() throws JMSException;
    }

    static Stream<Arguments> cells() {
        return WRITTEN.keySet().stream()
                .flatMap(written -> WRITTEN.keySet().stream().map(read -> arguments(written, read)));
    }

    static Stream<Arguments> propertyCells() {
        return cells().filter(cell ->
                List.of(cell.get()).stream().noneMatch(type -> type.equals("char") || type.equals("bytes")));
    }

    @ParameterizedTest
    @MethodSource("propertyCells")
    @JmsSpec("3.5.4/table")
    void convertsProperties(String written, String read) throws JMSException {
        Message message = MESSAGES.newMessage();
        message.setObjectProperty("p", WRITTEN.get(written));
        check(written, read, () -> switch (read) {
            case "boolean" -> message.getBooleanProperty("p");
            case "byte" -> message.getByteProperty("p");
            case "short" -> message.getShortProperty("p");
            case "int" -> message.getIntProperty("p");
            case "long" -> message.getLongProperty("p");
            case "float" -> message.getFloatProperty("p");
            case "double" -> message.getDoubleProperty("p");
            default -> message.getStringProperty("p");
        });
    }

    @ParameterizedTest
    @MethodSource("cells")
    @JmsSpec("3.11.3/table")
    void convertsMapEntries(String written, String read) throws JMSException {
        MapMessage message = MESSAGES.newMapMessage();
        message.setObject("p", WRITTEN.get(written));
        check(written, read, () -> switch (read) {
            case "boolean" -> message.getBoolean("p");
            case "byte" -> message.getByte("p");
            case "short" -> message.getShort("p");
            case "char" -> message.getChar("p");
            case "int" -> message.getInt("p");
            case "long" -> message.getLong("p");
            case "float" -> message.getFloat("p");
            case "double" -> message.getDouble("p");
            case "bytes" -> message.getBytes("p");
            default -> message.getString("p");
        });
    }

    @ParameterizedTest
    @MethodSource("cells")
    @JmsSpec("3.11.3/table")
    void convertsStreamItems(String written, String read) throws JMSException {
        StreamMessage message = MESSAGES.newStreamMessage();
        message.writeObject(WRITTEN.get(written));
        message.reset();
        check(written, read, () -> switch (read) {
            case "boolean" -> message.readBoolean();
            case "byte" -> message.readByte();
            case "short" -> message.readShort();
            case "char" -> message.readChar();
            case "int" -> message.readInt();
            case "long" -> message.readLong();
            case "float" -> message.readFloat();
            case "double" -> message.readDouble();
            case "bytes" -> {
                byte[] bytes = new byte[1];
                assertThat(message.readBytes(bytes)).isEqualTo(1);
                yield bytes;
            }
            default -> message.readString();
        });
    }

    private static void check(String written, String read, Getter getter) throws JMSException {
        if (!written.equals(read) && !READABLE.getOrDefault(written, Set.of()).contains(read)) {
            assertThatThrownBy(getter::get).isInstanceOf(MessageFormatException.class);
            return;
        }
        Object value = getter.get();
        Object wanted = Objects.requireNonNull(WRITTEN.get(written));
        if (read.equals("String")) {
            assertThat(value).isEqualTo(wanted.toString());
        } else if (written.equals("String")) {
            assertThat(value).isEqualTo(read.equals("boolean") ? (Object) false : parsed(read));
        } else if (value instanceof Number number && wanted instanceof Number from) {
            assertThat(number.doubleValue()).isEqualTo(from.doubleValue());
        } else {
            assertThat(value).isEqualTo(wanted);
        }
    }

    private static Object parsed(String read) {
        return switch (read) {
            case "byte" -> (byte) 1;
            case "short" -> (short) 1;
            case "int" -> 1;
            case "long" -> 1L;
            case "float" -> 1f;
            default -> 1d;
        };
    }

    @Test
    @JmsSpec({"3.5.4/null", "3.11.3/null"})
    void readsNullAsValueOfNullDoes() throws JMSException {
        Message message = MESSAGES.newMessage();
        assertThat(message.getBooleanProperty("none")).isFalse();
        assertThat(message.getStringProperty("none")).isNull();
        assertThat(message.getObjectProperty("none")).isNull();
        assertThatThrownBy(() -> message.getByteProperty("none")).isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(() -> message.getShortProperty("none")).isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(() -> message.getIntProperty("none")).isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(() -> message.getLongProperty("none")).isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(() -> message.getFloatProperty("none")).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> message.getDoubleProperty("none")).isInstanceOf(NullPointerException.class);
        MapMessage map = MESSAGES.newMapMessage();
        assertThatThrownBy(() -> map.getChar("none")).isInstanceOf(NullPointerException.class);
        assertThat(map.getBytes("none")).isNull();
    }

    @Test
    @JmsSpec("3.5.4/numbers")
    void textThatIsNoNumberIsANumberFormatException() throws JMSException {
        Message message = MESSAGES.newMessage();
        message.setStringProperty("p", "one");
        assertThatThrownBy(() -> message.getIntProperty("p")).isInstanceOf(NumberFormatException.class);
    }

    @Test
    @JmsSpec({"3.5.5/types", "10.3/format"})
    void refusesValuesOfOtherTypes() {
        assertThatThrownBy(() -> MESSAGES.newMessage().setObjectProperty("p", 'c'))
                .isInstanceOf(MessageFormatException.class);
        assertThatThrownBy(() -> MESSAGES.newMapMessage().setObject("p", List.of()))
                .isInstanceOf(MessageFormatException.class);
        assertThatThrownBy(() -> MESSAGES.newStreamMessage().writeObject(List.of()))
                .isInstanceOf(MessageFormatException.class);
        assertThatThrownBy(() -> MESSAGES.newBytesMessage().writeObject(List.of()))
                .isInstanceOf(MessageFormatException.class);
    }
}
