package dev.godwit.distribution.configuration;

import dev.godwit.broker.policy.InvalidSettingException;
import dev.godwit.broker.policy.SettingType;
import dev.godwit.broker.policy.SettingTypes;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The kinds of values that there are. */
final class ValueTypes {
    private ValueTypes() {}

    /** A text of one line. */
    static ValueType<String> text(int lengthMax) {
        return new Scalar<>(SettingTypes.text(1, lengthMax));
    }

    /** A text of one line, or none. */
    static ValueType<String> optionalText(int lengthMax) {
        return new Scalar<>(SettingTypes.text(0, lengthMax));
    }

    /** One of the constants, written in small letters with hyphens. */
    static <E extends Enum<E>> ValueType<E> oneOf(Class<E> constants) {
        return new Scalar<>(SettingTypes.oneOf(constants));
    }

    static ValueType<Long> wholeNumber(long min, long max) {
        return new Scalar<>(SettingTypes.wholeNumber(min, max));
    }

    /** A number of bytes, with or without a unit; {@code zero} says what 0 means, or is null where 0 is not allowed. */
    static ValueType<Long> size(long minBytes, long maxBytes, @Nullable String zero) {
        return new Scalar<>(SettingTypes.size(minBytes, maxBytes, zero));
    }

    /** A number of milliseconds, with or without a unit; {@code zero} as above. */
    static ValueType<Long> duration(long minMillis, long maxMillis, @Nullable String zero) {
        return new Scalar<>(SettingTypes.duration(minMillis, maxMillis, zero));
    }

    static ValueType<Boolean> onOff() {
        return new Scalar<>(SettingTypes.onOff());
    }

    static ValueType<Path> path() {
        return new FilePath(false);
    }

    /** A path, or an empty one. */
    static ValueType<Path> optionalPath() {
        return new FilePath(true);
    }

    static ValueType<List<String>> texts(String noun, int lengthMax) {
        return new Texts(noun, text(lengthMax));
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

    /** What stands on one line. */
    private record Scalar<T>(SettingType<T> type) implements ValueType<T> {
        @Override
        public T read(@Nullable Object raw) throws InvalidValueException {
            try {
                return type.parse(scalar(raw));
            } catch (InvalidSettingException invalid) {
                throw new InvalidValueException();
            }
        }

        @Override
        public String expects() {
            return type.expects();
        }

        @Override
        public String write(T value) {
            String text = type.write(value);
            return value instanceof String ? quoted(text) : text;
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

    private record Texts(String noun, ValueType<String> element) implements ValueType<List<String>> {
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
