package dev.godwit.broker.filter;

import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedLong;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The filters that a peer asked for in its source (AMQP 1.0 §3.5.3, §3.5.8). What each one is, its descriptor says; the
 * name under which it stands is the peer's own affair. Immutable, but the {@link #filter} it made belongs to one loop.
 */
public final class SourceFilters {
    /** No filter at all. */
    public static final SourceFilters NONE = new SourceFilters(List.of(), Map.of(), null, null, null);

    private static final int FILTERS_MAX = 16;
    private static final int NUMBERS_MAX = 1_000;

    private static final Map<Object, Type> TYPES = Map.ofEntries(
            Map.entry(Symbol.of("apache.org:selector-filter:string"), Type.SELECTOR),
            Map.entry(new UnsignedLong(0x0000468C_00000004L), Type.SELECTOR),
            Map.entry(Symbol.of("apache.org:no-local-filter:list"), Type.NO_LOCAL),
            Map.entry(new UnsignedLong(0x0000468C_00000003L), Type.NO_LOCAL),
            Map.entry(Symbol.of("amqp:properties-filter"), Type.PROPERTIES),
            Map.entry(new UnsignedLong(0x173), Type.PROPERTIES),
            Map.entry(Symbol.of("amqp:application-properties-filter"), Type.APPLICATION_PROPERTIES),
            Map.entry(new UnsignedLong(0x174), Type.APPLICATION_PROPERTIES),
            Map.entry(Symbol.of("godwit:deferred-filter"), Type.DEFERRED),
            Map.entry(Symbol.of("amqp:sql-filter"), Type.AMQP_SQL),
            Map.entry(new UnsignedLong(0x120), Type.AMQP_SQL));

    private enum Type {
        SELECTOR,
        NO_LOCAL,
        PROPERTIES,
        APPLICATION_PROPERTIES,
        AMQP_SQL,
        DEFERRED
    }

    private final List<MessageFilter> filters;

    /** As they came; without no-local. */
    private final Map<Symbol, Object> applied;

    private final Map.@Nullable Entry<Symbol, Object> noLocal;

    private final @Nullable List<Long> deferred;
    private final Map.@Nullable Entry<Symbol, Object> deferredWish;

    private SourceFilters(
            List<MessageFilter> filters,
            Map<Symbol, Object> applied,
            Map.@Nullable Entry<Symbol, Object> noLocal,
            @Nullable List<Long> deferred,
            Map.@Nullable Entry<Symbol, Object> deferredWish) {
        this.filters = filters;
        this.applied = applied;
        this.noLocal = noLocal;
        this.deferred = deferred;
        this.deferredWish = deferredWish;
    }

    /**
     * Reads the filter map of a source.
     *
     * @throws InvalidFilterException names the filter and says what is wrong with it
     */
    public static SourceFilters read(Map<Symbol, Object> wished) throws InvalidFilterException {
        if (wished.isEmpty()) {
            return NONE;
        }
        if (wished.size() > FILTERS_MAX) {
            throw new InvalidFilterException("a source has at most " + FILTERS_MAX + " filters, not " + wished.size());
        }
        var filters = new ArrayList<MessageFilter>();
        var applied = new LinkedHashMap<Symbol, Object>();
        Map.Entry<Symbol, Object> noLocal = null;
        List<Long> deferred = null;
        Map.Entry<Symbol, Object> deferredWish = null;
        for (var wish : wished.entrySet()) {
            if (!(wish.getValue() instanceof DescribedValue described)) {
                continue;
            }
            var type = TYPES.get(described.descriptor());
            if (type == Type.NO_LOCAL) {
                noLocal = Map.entry(wish.getKey(), wish.getValue());
            } else if (type == Type.DEFERRED) {
                deferred = numbers(wish.getKey(), described.value());
                deferredWish = Map.entry(wish.getKey(), wish.getValue());
            } else if (type != null) {
                var filter = read(type, wish.getKey(), described.value());
                if (filter != null) {
                    filters.add(filter);
                }
                applied.put(wish.getKey(), wish.getValue());
            }
        }
        return new SourceFilters(filters, applied, noLocal, deferred, deferredWish);
    }

    private static @Nullable MessageFilter read(Type type, Symbol name, @Nullable Object value)
            throws InvalidFilterException {
        try {
            return switch (type) {
                case SELECTOR -> {
                    var text = text(value);
                    yield text.isBlank() ? null : Selector.parse(text);
                }
                case AMQP_SQL -> Selector.parseAmqpSql(text(value));
                case PROPERTIES -> FieldsFilter.ofProperties(map(value));
                case APPLICATION_PROPERTIES -> FieldsFilter.ofApplicationProperties(map(value));
                case NO_LOCAL, DEFERRED -> null;
            };
        } catch (InvalidFilterException wrong) {
            throw new InvalidFilterException("filter '" + name + "': " + wrong.getMessage());
        }
    }

    private static List<Long> numbers(Symbol name, @Nullable Object value) throws InvalidFilterException {
        List<?> all = value instanceof AmqpArray array
                ? array.elements()
                : value instanceof List<?> list ? list : asList(value);
        var numbers = new ArrayList<Long>();
        for (var each : all) {
            if (each instanceof Long || each instanceof Integer) {
                numbers.add(((Number) each).longValue());
            } else {
                throw new InvalidFilterException(
                        "filter '" + name + "': a sequence number is to be a long, and is " + kind(each));
            }
        }
        if (numbers.isEmpty() || numbers.size() > NUMBERS_MAX) {
            throw new InvalidFilterException("filter '" + name + "': its value is to be 1 to " + NUMBERS_MAX
                    + " sequence numbers, not " + numbers.size());
        }
        return numbers;
    }

    private static List<?> asList(@Nullable Object value) {
        return value == null ? List.of() : List.of(value);
    }

    private static String text(@Nullable Object value) throws InvalidFilterException {
        if (value instanceof String text) {
            return text;
        }
        throw new InvalidFilterException("its value is to be a string, and is " + kind(value));
    }

    private static Map<?, ?> map(@Nullable Object value) throws InvalidFilterException {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new InvalidFilterException("its value is to be a map, and is " + kind(value));
    }

    private static String kind(@Nullable Object value) {
        return value == null ? "null" : "a " + value.getClass().getSimpleName();
    }

    /** All of them as one, for one loop; null when every message is wanted. */
    public @Nullable MessageFilter filter() {
        return switch (filters.size()) {
            case 0 -> null;
            case 1 -> filters.get(0);
            default -> new AllFilters(filters);
        };
    }

    /** The numbers of messages that were laid aside, which the peer asks for; null when it wants others. */
    public @Nullable List<Long> deferred() {
        return deferred;
    }

    /** True when the peer does not want what came over its own connection. */
    public boolean wantsNoLocal() {
        return noLocal != null;
    }

    /**
     * What is to stand in the answer: the filters that are applied.
     *
     * @param noLocalApplied whether no-local, if it was wished, is too
     */
    public Map<Symbol, Object> applied(boolean noLocalApplied) {
        return with(deferredWish, noLocalApplied ? with(noLocal, applied) : applied);
    }

    /** Those that say which messages a subscription is to bring, no-local among them. */
    public Map<Symbol, Object> lasting() {
        return with(noLocal, applied);
    }

    private static Map<Symbol, Object> with(Map.@Nullable Entry<Symbol, Object> one, Map<Symbol, Object> others) {
        if (one == null) {
            return others;
        }
        var all = new LinkedHashMap<>(others);
        all.put(one.getKey(), one.getValue());
        return all;
    }
}
