package dev.godwit.distribution.configuration;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What a key may hold: how it is read, how it is written, and what an operator is told when it does not fit. */
public interface ValueType<T> {
    /**
     * Reads a value.
     *
     * @param raw a string, or a list of strings and of maps of strings, as the source had it; null for an empty one
     */
    T read(@Nullable Object raw) throws InvalidValueException;

    /** The value with the relative paths in it, if there are any, made to start at {@code base}. */
    default T resolve(T value, Path base) {
        return value;
    }

    /** What fits, to be put after "must be". */
    String expects();

    /** The value as YAML on one line, such that {@link #read} gives it again. */
    String write(T value);
}
