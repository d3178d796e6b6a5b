package dev.godwit.distribution.configuration;

import java.util.Map;

/** A value for every key. Immutable. */
public final class Configuration {
    private final Map<ConfigurationKey<?>, Object> configured;

    Configuration(Map<ConfigurationKey<?>, Object> configured) {
        this.configured = Map.copyOf(configured);
    }

    /** What was configured, else the default. */
    @SuppressWarnings("unchecked") // ConfigurationReader puts in what the key's own type has read
    public <T> T get(ConfigurationKey<T> key) {
        return (T) configured.getOrDefault(key, key.defaultValue());
    }
}
