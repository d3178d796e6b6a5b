package dev.godwit.distribution.configuration;

/**
 * One thing that can be configured. Immutable.
 *
 * @param name dotted, as {@code --set} takes it; the dots are the nesting of the YAML file
 * @param doc one line for an operator, without a full stop
 */
public record ConfigurationKey<T>(String name, ValueType<T> type, T defaultValue, String doc) {
    /** The default as it is written in YAML. */
    String defaultText() {
        return type.write(defaultValue);
    }
}
