package dev.godwit.broker.policy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The kinds of values on one line that there are. */
public final class SettingTypes {
    private static final Pattern WITH_UNIT = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");
    private static final List<Unit> SIZE_UNITS =
            List.of(new Unit("B", 1), new Unit("KiB", 1L << 10), new Unit("MiB", 1L << 20), new Unit("GiB", 1L << 30));
    private static final List<Unit> TIME_UNITS =
            List.of(new Unit("ms", 1), new Unit("s", 1_000), new Unit("m", 60_000), new Unit("h", 3_600_000));

    private SettingTypes() {}

    /** A text of one line. */
    public static SettingType<String> text(int lengthMin, int lengthMax) {
        return new Text(lengthMin, lengthMax);
    }

    public static SettingType<Long> wholeNumber(long min, long max) {
        return new WholeNumber(min, max);
    }

    /** So many whole numbers, with spaces between. */
    public static SettingType<List<Long>> wholeNumbers(int count, long min, long max) {
        return new WholeNumbers(count, new WholeNumber(min, max));
    }

    /**
     * Names with commas between; none is an empty text.
     *
     * @param refused names that are not allowed
     * @param refusedWords says which these are
     */
    public static SettingType<List<String>> names(int countMax, int lengthMax, Pattern refused, String refusedWords) {
        return new Names(countMax, lengthMax, refused, refusedWords);
    }

    /** A number with or without decimals. */
    public static SettingType<Double> decimal(double min, double max) {
        return new Decimal(min, max);
    }

    /** A number of bytes, with or without a unit; {@code zero} says what 0 means, or is null where 0 is not allowed. */
    public static SettingType<Long> size(long minBytes, long maxBytes, @Nullable String zero) {
        return new Measure("a size", minBytes, maxBytes, zero, SIZE_UNITS);
    }

    /** A number of milliseconds, with or without a unit; {@code zero} as above. */
    public static SettingType<Long> duration(long minMillis, long maxMillis, @Nullable String zero) {
        return new Measure("a time", minMillis, maxMillis, zero, TIME_UNITS);
    }

    public static SettingType<Boolean> onOff() {
        return new OnOff();
    }

    /** One of the constants, written in small letters with hyphens. */
    public static <E extends Enum<E>> SettingType<E> oneOf(Class<E> constants) {
        return new OneOf<>(List.of(constants.getEnumConstants()));
    }

    private static InvalidSettingException invalid(SettingType<?> type, String text) {
        return new InvalidSettingException("must be " + type.expects() + ", not \"" + text + "\"");
    }

    private record Text(int lengthMin, int lengthMax) implements SettingType<String> {
        @Override
        public String parse(String text) throws InvalidSettingException {
            if (text.length() < lengthMin
                    || text.length() > lengthMax
                    || text.chars().anyMatch(Character::isISOControl)) {
                throw invalid(this, text);
            }
            return text;
        }

        @Override
        public String expects() {
            return "a text of " + lengthMin + " to " + lengthMax + " characters";
        }

        @Override
        public String write(String value) {
            return value;
        }
    }

    private record WholeNumber(long min, long max) implements SettingType<Long> {
        @Override
        public Long parse(String text) throws InvalidSettingException {
            try {
                long value = Long.parseLong(text.replace("_", ""));
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException notANumber) {
                // falls through: one answer for both
            }
            throw invalid(this, text);
        }

        @Override
        public String expects() {
            return "a whole number from " + min + " to " + max;
        }

        @Override
        public String write(Long value) {
            return value.toString();
        }
    }

    private record WholeNumbers(int count, WholeNumber each) implements SettingType<List<Long>> {
        @Override
        public List<Long> parse(String text) throws InvalidSettingException {
            var numbers = new ArrayList<Long>();
            for (String part : text.split("[ ,]+", count + 1)) {
                try {
                    numbers.add(each.parse(part));
                } catch (InvalidSettingException notOne) {
                    throw invalid(this, text);
                }
            }
            if (numbers.size() != count) {
                throw invalid(this, text);
            }
            return List.copyOf(numbers);
        }

        @Override
        public String expects() {
            return count + " whole numbers from " + each.min() + " to " + each.max() + ", with spaces between";
        }

        @Override
        public String write(List<Long> value) {
            return value.stream().map(each::write).collect(Collectors.joining(" "));
        }
    }

    private record Names(int countMax, int lengthMax, Pattern refused, String refusedWords)
            implements SettingType<List<String>> {
        @Override
        public List<String> parse(String text) throws InvalidSettingException {
            if (text.isBlank()) {
                return List.of();
            }
            var names = new LinkedHashSet<String>();
            for (String part : text.split(",", -1)) {
                var name = part.strip();
                if (name.isEmpty()
                        || name.length() > lengthMax
                        || name.chars().anyMatch(Character::isISOControl)
                        || refused.matcher(name).matches()
                        || !names.add(name)) {
                    throw invalid(this, text);
                }
            }
            if (names.size() > countMax) {
                throw invalid(this, text);
            }
            return List.copyOf(names);
        }

        @Override
        public String expects() {
            return "at most " + countMax + " different names with commas between, of 1 to " + lengthMax
                    + " characters, " + refusedWords;
        }

        @Override
        public String write(List<String> value) {
            return String.join(", ", value);
        }
    }

    private record Decimal(double min, double max) implements SettingType<Double> {
        private static final Pattern FORM = Pattern.compile("-?\\d{1,9}(\\.\\d{1,9})?");

        @Override
        public Double parse(String text) throws InvalidSettingException {
            if (FORM.matcher(text).matches()) {
                double value = Double.parseDouble(text);
                if (value >= min && value <= max) {
                    return value;
                }
            }
            throw invalid(this, text);
        }

        @Override
        public String expects() {
            return "a number from " + write(min) + " to " + write(max);
        }

        @Override
        public String write(Double value) {
            return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
        }
    }

    private record Unit(String name, long factor) {}

    /** A number with a unit, kept in the smallest unit, which comes first. */
    private record Measure(
            String noun, long min, long max, @Nullable String zero, List<Unit> units) implements SettingType<Long> {
        @Override
        public Long parse(String text) throws InvalidSettingException {
            var matcher = WITH_UNIT.matcher(text);
            if (!matcher.matches()) {
                throw invalid(this, text);
            }
            long number = Long.parseLong(matcher.group(1));
            if (number == 0 && zero != null) {
                return 0L;
            }
            long factor = factor(matcher.group(2));
            if (factor == 0 || number > max / factor || number * factor < min) {
                throw invalid(this, text);
            }
            return number * factor;
        }

        /** Zero when there is no such unit. */
        private long factor(String name) {
            for (Unit unit : units) {
                if (name.isEmpty() || unit.name().equalsIgnoreCase(name)) {
                    return unit.factor();
                }
            }
            return 0;
        }

        @Override
        public String expects() {
            return noun + " from " + write(min) + " to " + write(max) + " ("
                    + units.stream().map(Unit::name).collect(Collectors.joining(", ")) + ")"
                    + (zero == null ? "" : ", or 0 for " + zero);
        }

        @Override
        public String write(Long value) {
            if (value == 0) {
                return "0";
            }
            Unit best = units.get(0);
            for (Unit unit : units) {
                if (value % unit.factor() == 0) {
                    best = unit;
                }
            }
            return value / best.factor() + " " + best.name();
        }
    }

    private record OnOff() implements SettingType<Boolean> {
        private static final Set<String> ON = Set.of("true", "on", "yes");
        private static final Set<String> OFF = Set.of("false", "off", "no");

        @Override
        public Boolean parse(String text) throws InvalidSettingException {
            String lower = text.toLowerCase(Locale.ROOT);
            if (!ON.contains(lower) && !OFF.contains(lower)) {
                throw invalid(this, text);
            }
            return ON.contains(lower);
        }

        @Override
        public String expects() {
            return "true or false";
        }

        @Override
        public String write(Boolean value) {
            return value.toString();
        }
    }

    private record OneOf<E extends Enum<E>>(List<E> constants) implements SettingType<E> {
        @Override
        public E parse(String text) throws InvalidSettingException {
            for (E constant : constants) {
                if (write(constant).equalsIgnoreCase(text)) {
                    return constant;
                }
            }
            throw invalid(this, text);
        }

        @Override
        public String expects() {
            return "one of " + written().collect(Collectors.joining(", "));
        }

        private Stream<String> written() {
            return constants.stream().map(this::write);
        }

        @Override
        public String write(E value) {
            return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
