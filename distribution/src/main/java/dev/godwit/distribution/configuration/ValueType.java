package dev.godwit.distribution.configuration;

import org.jspecify.annotations.Nullable;

/** What a key may hold: how it is read, how it is written, and what an operator is told when it does not fit. */
public interface ValueType<T> {
    /**
     * Reads a value.
     *
     * @param raw a string, or a list of strings and of maps of strings, as the source had it; null for an empty one
     */
    T read(@Nullable Object raw) throws InvalidValueException;

    /** What fits, to be put after "must be". */
    String expects();

    /** The value as YAML on one line, such that {@link #read} gives it again. */
    String write(T value);
}
