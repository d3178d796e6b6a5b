package dev.godwit.broker.policy;

/** What a setting may hold: how it is read, how it is written, and what somebody is told when it does not fit. */
public interface SettingType<T> {
    /** Reads a value from one line of text. */
    T parse(String text) throws InvalidSettingException;

    /** What fits, to be put after "must be". */
    String expects();

    /** The value as text, such that {@link #parse} gives it again. */
    String write(T value);
}
