package dev.godwit.distribution.configuration;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The kinds of values that there are. */
final class ValueTypes {
    private static final Pattern WITH_UNIT = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");
    private static final List<Unit> SIZE_UNITS =
            List.of(new Unit("B", 1), new Unit("KiB", 1L << 10), new Unit("MiB", 1L << 20), new Unit("GiB", 1L << 30));
    private static final List<Unit> TIME_UNITS =
            List.of(new Unit("ms", 1), new Unit("s", 1_000), new Unit("m", 60_000), new Unit("h", 3_600_000));

    private ValueTypes() {}

    /** A text of one line. */
    static ValueType<String> text(int lengthMax) {
        return new Text(1, lengthMax);
    }

    /** A text of one line, or none. */
    static ValueType<String> optionalText(int lengthMax) {
        return new Text(0, lengthMax);
    }

    static ValueType<String> oneOf(String... values) {
        return new OneOf(List.of(values));
    }

    static ValueType<Long> wholeNumber(long min, long max) {
        return new WholeNumber(min, max);
    }

    /** A number of bytes, with or without a unit; {@code zero} says what 0 means, or is null where 0 is not allowed. */
    static ValueType<Long> size(long minBytes, long maxBytes, @Nullable String zero) {
        return new Measure("a size", minBytes, maxBytes, zero, SIZE_UNITS);
    }

    /** A number of milliseconds, written with a unit; {@code zero} as above. */
    static ValueType<Long> duration(long minMillis, long maxMillis, @Nullable String zero) {
        return new Measure("a time", minMillis, maxMillis, zero, TIME_UNITS);
    }

    static ValueType<Boolean> onOff() {
        return new OnOff();
    }

    static ValueType<Path> path() {
        return new FilePath(false);
    }

    /** A path, or an empty one. */
    static ValueType<Path> optionalPath() {
        return new FilePath(true);
    }

    static ValueType<List<String>> texts(String noun, int lengthMax) {
        return new Texts(noun, new Text(1, lengthMax));
    }

    static String scalar(@Nullable Object raw) throws InvalidValueException {
        if (raw instanceof String text) {
            return text.strip();
        }
        throw new InvalidValueException();
    }

    static String list(Collection<String> texts) {
        return texts.stream().map(ValueTypes::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    static String quoted(String text) {
        return text.matches("[A-Za-z_][A-Za-z0-9_./-]*")
                ? text
                : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private record Text(int lengthMin, int lengthMax) implements ValueType<String> {
        @Override
        public String read(@Nullable Object raw) throws InvalidValueException {
            String text = scalar(raw);
            if (text.length() < lengthMin
                    || text.length() > lengthMax
                    || text.chars().anyMatch(Character::isISOControl)) {
                throw new InvalidValueException();
            }
            return text;
        }

        @Override
        public String expects() {
            return "a text of " + lengthMin + " to " + lengthMax + " characters";
        }

        @Override
        public String write(String value) {
            return quoted(value);
        }
    }

    private record OneOf(List<String> values) implements ValueType<String> {
        @Override
        public String read(@Nullable Object raw) throws InvalidValueException {
            String text = scalar(raw).toLowerCase(Locale.ROOT);
            if (!values.contains(text)) {
                throw new InvalidValueException();
            }
            return text;
        }

        @Override
        public String expects() {
            return String.join(", ", values.subList(0, values.size() - 1)) + " or " + values.get(values.size() - 1);
        }

        @Override
        public String write(String value) {
            return value;
        }
    }

    private record WholeNumber(long min, long max) implements ValueType<Long> {
        @Override
        public Long read(@Nullable Object raw) throws InvalidValueException {
            try {
                long value = Long.parseLong(scalar(raw).replace("_", ""));
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException notANumber) {
                // falls through: one answer for both
            }
            throw new InvalidValueException();
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

    private record Unit(String name, long factor) {}

    /** A number with a unit, kept in the smallest unit, which comes first. */
    private record Measure(
            String noun, long min, long max, @Nullable String zero, List<Unit> units) implements ValueType<Long> {
        @Override
        public Long read(@Nullable Object raw) throws InvalidValueException {
            Matcher matcher = WITH_UNIT.matcher(scalar(raw));
            if (!matcher.matches()) {
                throw new InvalidValueException();
            }
            long number = Long.parseLong(matcher.group(1));
            if (number == 0 && zero != null) {
                return 0L;
            }
            long factor = factor(matcher.group(2));
            if (number > max / factor || number * factor < min) {
                throw new InvalidValueException();
            }
            return number * factor;
        }

        private long factor(String name) throws InvalidValueException {
            for (Unit unit : units) {
                if (name.isEmpty() || unit.name().equalsIgnoreCase(name)) {
                    return unit.factor();
                }
            }
            throw new InvalidValueException();
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

    private record OnOff() implements ValueType<Boolean> {
        private static final Set<String> ON = Set.of("true", "on", "yes");
        private static final Set<String> OFF = Set.of("false", "off", "no");

        @Override
        public Boolean read(@Nullable Object raw) throws InvalidValueException {
            String text = scalar(raw).toLowerCase(Locale.ROOT);
            if (!ON.contains(text) && !OFF.contains(text)) {
                throw new InvalidValueException();
            }
            return ON.contains(text);
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

    private record FilePath(boolean optional) implements ValueType<Path> {
        @Override
        public Path read(@Nullable Object raw) throws InvalidValueException {
            try {
                String text = scalar(raw);
                if (optional || !text.isEmpty()) {
                    return Path.of(text);
                }
            } catch (InvalidPathException badPath) {
                // falls through: one answer for both
            }
            throw new InvalidValueException();
        }

        @Override
        public Path resolve(Path value, Path base) {
            return value.toString().isEmpty() ? value : base.resolve(value).normalize();
        }

        @Override
        public String expects() {
            return optional ? "a path, or empty for none" : "a path";
        }

        @Override
        public String write(Path value) {
            return quoted(value.toString());
        }
    }

    private record Texts(String noun, Text element) implements ValueType<List<String>> {
        @Override
        public List<String> read(@Nullable Object raw) throws InvalidValueException {
            if (raw == null) {
                return List.of();
            }
            var texts = new ArrayList<String>();
            for (Object item : raw instanceof List<?> list ? list : commaSeparated(scalar(raw))) {
                texts.add(element.read(item));
            }
            return List.copyOf(texts);
        }

        private static List<?> commaSeparated(String text) {
            return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
        }

        @Override
        public String expects() {
            return "a list of " + noun;
        }

        @Override
        public String write(List<String> value) {
            return list(value);
        }
    }
}
