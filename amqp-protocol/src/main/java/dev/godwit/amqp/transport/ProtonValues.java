package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.AmqpType;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Decimal128;
import dev.godwit.amqp.type.Decimal32;
import dev.godwit.amqp.type.Decimal64;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.lang.reflect.Array;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.qpid.proton.amqp.DescribedType;
import org.apache.qpid.proton.amqp.UnknownDescribedType;
import org.jspecify.annotations.Nullable;

/** The one place where the engine's values become ours and ours become the engine's. Owns nothing. */
final class ProtonValues {
    /** What the classes of the engine's arrays say of their elements. */
    private static final Map<Class<?>, AmqpType> ELEMENT_TYPES = Map.ofEntries(
            Map.entry(boolean.class, AmqpType.BOOLEAN),
            Map.entry(byte.class, AmqpType.BYTE),
            Map.entry(short.class, AmqpType.SHORT),
            Map.entry(int.class, AmqpType.INT),
            Map.entry(long.class, AmqpType.LONG),
            Map.entry(float.class, AmqpType.FLOAT),
            Map.entry(double.class, AmqpType.DOUBLE),
            Map.entry(char.class, AmqpType.CHAR),
            Map.entry(org.apache.qpid.proton.amqp.UnsignedByte.class, AmqpType.UBYTE),
            Map.entry(org.apache.qpid.proton.amqp.UnsignedShort.class, AmqpType.USHORT),
            Map.entry(org.apache.qpid.proton.amqp.UnsignedInteger.class, AmqpType.UINT),
            Map.entry(org.apache.qpid.proton.amqp.UnsignedLong.class, AmqpType.ULONG),
            Map.entry(org.apache.qpid.proton.amqp.Decimal32.class, AmqpType.DECIMAL32),
            Map.entry(org.apache.qpid.proton.amqp.Decimal64.class, AmqpType.DECIMAL64),
            Map.entry(org.apache.qpid.proton.amqp.Decimal128.class, AmqpType.DECIMAL128),
            Map.entry(org.apache.qpid.proton.amqp.Binary.class, AmqpType.BINARY),
            Map.entry(Date.class, AmqpType.TIMESTAMP),
            Map.entry(UUID.class, AmqpType.UUID),
            Map.entry(String.class, AmqpType.STRING),
            Map.entry(List.class, AmqpType.LIST),
            Map.entry(Map.class, AmqpType.MAP));

    private ProtonValues() {}

    static org.apache.qpid.proton.amqp.Symbol toEngine(Symbol symbol) {
        return org.apache.qpid.proton.amqp.Symbol.valueOf(symbol.value());
    }

    static Symbol fromEngine(org.apache.qpid.proton.amqp.Symbol symbol) {
        return Symbol.of(symbol.toString());
    }

    static org.apache.qpid.proton.amqp.Symbol @Nullable [] toEngineArray(List<Symbol> symbols) {
        if (symbols.isEmpty()) {
            return null;
        }
        var array = new org.apache.qpid.proton.amqp.Symbol[symbols.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = toEngine(symbols.get(i));
        }
        return array;
    }

    static List<Symbol> fromEngineArray(org.apache.qpid.proton.amqp.Symbol @Nullable [] symbols) {
        if (symbols == null || symbols.length == 0) {
            return List.of();
        }
        var list = new ArrayList<Symbol>(symbols.length);
        for (org.apache.qpid.proton.amqp.Symbol symbol : symbols) {
            if (symbol != null) {
                list.add(fromEngine(symbol));
            }
        }
        return Collections.unmodifiableList(list);
    }

    /** Null for an empty map: an absent field is shorter than an empty one, and means the same. */
    static @Nullable Map<org.apache.qpid.proton.amqp.Symbol, Object> toEngineMap(Map<Symbol, Object> map) {
        if (map.isEmpty()) {
            return null;
        }
        var engineMap = new LinkedHashMap<org.apache.qpid.proton.amqp.Symbol, Object>();
        map.forEach((key, value) -> engineMap.put(toEngine(key), toEngineNonNull(value)));
        return engineMap;
    }

    /** Keys that are not symbols are left out: where this is used the specification allows no others. */
    static Map<Symbol, Object> fromEngineMap(@Nullable Map<?, ?> engineMap) {
        if (engineMap == null || engineMap.isEmpty()) {
            return Map.of();
        }
        var map = new LinkedHashMap<Symbol, Object>();
        engineMap.forEach((key, value) -> {
            Object ours = fromEngine(value);
            if (key instanceof org.apache.qpid.proton.amqp.Symbol symbol && ours != null) {
                map.put(fromEngine(symbol), ours);
            }
        });
        return Collections.unmodifiableMap(map);
    }

    static org.apache.qpid.proton.amqp.transport.ErrorCondition toEngine(ErrorCondition error) {
        var engineError = new org.apache.qpid.proton.amqp.transport.ErrorCondition(
                toEngine(error.condition()), error.description());
        engineError.setInfo(toEngineMap(error.info()));
        return engineError;
    }

    /** Null for the empty condition that stands for none in the engine. */
    static @Nullable ErrorCondition fromEngine(
            org.apache.qpid.proton.amqp.transport.@Nullable ErrorCondition engineError) {
        if (engineError == null || engineError.getCondition() == null) {
            return null;
        }
        return new ErrorCondition(
                fromEngine(engineError.getCondition()),
                engineError.getDescription(),
                fromEngineMap(engineError.getInfo()));
    }

    static @Nullable Object toEngine(@Nullable Object value) {
        return value == null ? null : toEngineNonNull(value);
    }

    private static Object toEngineNonNull(Object value) {
        if (value instanceof Symbol symbol) {
            return toEngine(symbol);
        }
        if (value instanceof DescribedValue described) {
            return new UnknownDescribedType(toEngineNonNull(described.descriptor()), toEngine(described.value()));
        }
        if (value instanceof List<?> list) {
            return toEngineList(list);
        }
        if (value instanceof Map<?, ?> map) {
            var engineMap = new LinkedHashMap<@Nullable Object, @Nullable Object>();
            map.forEach((key, element) -> engineMap.put(toEngine(key), toEngine(element)));
            return engineMap;
        }
        if (value instanceof AmqpArray array) {
            // The engine writes arrays of symbols; of the others it has no word that is ours, and a list says the same.
            if (array.elementType() == AmqpType.SYMBOL && array.descriptors().isEmpty()) {
                return array.elements().stream()
                        .map(ProtonValues::toEngine)
                        .toArray(org.apache.qpid.proton.amqp.Symbol[]::new);
            }
            return toEngineList(array.elements());
        }
        return toEngineScalar(value);
    }

    private static List<@Nullable Object> toEngineList(List<?> list) {
        var engineList = new ArrayList<@Nullable Object>(list.size());
        list.forEach(element -> engineList.add(toEngine(element)));
        return engineList;
    }

    private static Object toEngineScalar(Object value) {
        if (value instanceof UnsignedInteger number) {
            return org.apache.qpid.proton.amqp.UnsignedInteger.valueOf(number.bits());
        }
        if (value instanceof UnsignedLong number) {
            return org.apache.qpid.proton.amqp.UnsignedLong.valueOf(number.bits());
        }
        if (value instanceof UnsignedShort number) {
            return org.apache.qpid.proton.amqp.UnsignedShort.valueOf(number.bits());
        }
        if (value instanceof UnsignedByte number) {
            return org.apache.qpid.proton.amqp.UnsignedByte.valueOf(number.bits());
        }
        if (value instanceof Binary binary) {
            return new org.apache.qpid.proton.amqp.Binary(binary.toByteArray());
        }
        if (value instanceof Instant instant) {
            return Date.from(instant);
        }
        return toEngineDecimal(value);
    }

    private static Object toEngineDecimal(Object value) {
        if (value instanceof Decimal32 decimal) {
            return new org.apache.qpid.proton.amqp.Decimal32(decimal.bits());
        }
        if (value instanceof Decimal64 decimal) {
            return new org.apache.qpid.proton.amqp.Decimal64(decimal.bits());
        }
        if (value instanceof Decimal128 decimal) {
            return new org.apache.qpid.proton.amqp.Decimal128(decimal.highBits(), decimal.lowBits());
        }
        return value;
    }

    static @Nullable Object fromEngine(@Nullable Object value) {
        if (value instanceof org.apache.qpid.proton.amqp.Symbol symbol) {
            return fromEngine(symbol);
        }
        if (value instanceof DescribedType described) {
            Object descriptor = fromEngine(described.getDescriptor());
            return descriptor == null ? null : new DescribedValue(descriptor, fromEngine(described.getDescribed()));
        }
        if (value instanceof List<?> list) {
            var ours = new ArrayList<@Nullable Object>(list.size());
            list.forEach(element -> ours.add(fromEngine(element)));
            return Collections.unmodifiableList(ours);
        }
        if (value instanceof Map<?, ?> map) {
            var ours = new LinkedHashMap<@Nullable Object, @Nullable Object>();
            map.forEach((key, element) -> ours.put(fromEngine(key), fromEngine(element)));
            return Collections.unmodifiableMap(ours);
        }
        if (value instanceof org.apache.qpid.proton.amqp.Symbol[] symbols) {
            return AmqpArray.of(AmqpType.SYMBOL, fromEngineArray(symbols));
        }
        if (value != null && value.getClass().isArray()) {
            return fromEngineArray(value);
        }
        return fromEngineScalar(value);
    }

    /** Where no array of ours can have these elements, described ones say, a list says the same. */
    private static Object fromEngineArray(Object array) {
        int length = Array.getLength(array);
        var elements = new ArrayList<@Nullable Object>(length);
        for (int i = 0; i < length; i++) {
            elements.add(fromEngine(Array.get(array, i)));
        }
        var type = ELEMENT_TYPES.get(array.getClass().getComponentType());
        if (type == null && elements.stream().allMatch(AmqpArray.class::isInstance)) {
            type = AmqpType.ARRAY;
        }
        return type == null || elements.contains(null)
                ? Collections.unmodifiableList(elements)
                : AmqpArray.of(type, elements);
    }

    private static @Nullable Object fromEngineScalar(@Nullable Object value) {
        if (value instanceof org.apache.qpid.proton.amqp.UnsignedInteger number) {
            return new UnsignedInteger(number.intValue());
        }
        if (value instanceof org.apache.qpid.proton.amqp.UnsignedLong number) {
            return new UnsignedLong(number.longValue());
        }
        if (value instanceof org.apache.qpid.proton.amqp.UnsignedShort number) {
            return new UnsignedShort(number.shortValue());
        }
        if (value instanceof org.apache.qpid.proton.amqp.UnsignedByte number) {
            return new UnsignedByte(number.byteValue());
        }
        if (value instanceof org.apache.qpid.proton.amqp.Binary binary) {
            return Binary.copyOf(Arrays.copyOfRange(
                    binary.getArray(), binary.getArrayOffset(), binary.getArrayOffset() + binary.getLength()));
        }
        if (value instanceof Date date) {
            return date.toInstant();
        }
        return fromEngineDecimal(value);
    }

    private static @Nullable Object fromEngineDecimal(@Nullable Object value) {
        if (value instanceof org.apache.qpid.proton.amqp.Decimal32 decimal) {
            return new Decimal32(decimal.getBits());
        }
        if (value instanceof org.apache.qpid.proton.amqp.Decimal64 decimal) {
            return new Decimal64(decimal.getBits());
        }
        if (value instanceof org.apache.qpid.proton.amqp.Decimal128 decimal) {
            return new Decimal128(decimal.getMostSignificantBits(), decimal.getLeastSignificantBits());
        }
        return value;
    }
}
