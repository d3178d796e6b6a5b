package dev.godwit.distribution.configuration;

import java.nio.file.Path;
import java.util.List;

/**
 * A section of the file, and the shapes that most of its keys have. Each key that is made here comes to the end of the table.
 * Used while {@link ConfigurationKeys} is loaded.
 */
final class KeySection {
    private final String prefix;
    private final List<ConfigurationKey<?>> table;

    /** @param name empty for the file itself, whose keys are in no section */
    KeySection(String name, List<ConfigurationKey<?>> table) {
        this.prefix = name.isEmpty() ? "" : name + ".";
        this.table = table;
    }

    /** @param name within the section */
    <T> ConfigurationKey<T> key(String name, ValueType<T> type, T defaultValue, String doc) {
        var key = new ConfigurationKey<>(prefix + name, type, defaultValue, doc);
        table.add(key);
        return key;
    }

    /** Empty as long as nothing is said. */
    <T> ConfigurationKey<List<T>> list(String name, ValueType<List<T>> type, String doc) {
        return key(name, type, List.of(), doc);
    }

    ConfigurationKey<String> text(String name, int lengthMax, String defaultValue, String doc) {
        return key(name, ValueTypes.text(lengthMax), defaultValue, doc);
    }

    /** Empty as long as nothing is said. */
    ConfigurationKey<String> optionalText(String name, int lengthMax, String doc) {
        return optionalText(name, lengthMax, "", doc);
    }

    /** A text that may be empty. */
    ConfigurationKey<String> optionalText(String name, int lengthMax, String defaultValue, String doc) {
        return key(name, ValueTypes.optionalText(lengthMax), defaultValue, doc);
    }

    /** Empty as long as nothing is said. */
    ConfigurationKey<Path> optionalPath(String name, String doc) {
        return key(name, ValueTypes.optionalPath(), Path.of(""), doc);
    }

    /** On as long as nothing is said. */
    ConfigurationKey<Boolean> on(String name, String doc) {
        return key(name, ValueTypes.onOff(), true, doc);
    }

    /** Off as long as nothing is said. */
    ConfigurationKey<Boolean> off(String name, String doc) {
        return key(name, ValueTypes.onOff(), false, doc);
    }

    ConfigurationKey<Long> wholeNumber(String name, long min, long max, long defaultValue, String doc) {
        return key(name, ValueTypes.wholeNumber(min, max), defaultValue, doc);
    }

    /** A number of bytes. */
    ConfigurationKey<Long> size(String name, long minBytes, long maxBytes, long defaultBytes, String doc) {
        return key(name, ValueTypes.size(minBytes, maxBytes, null), defaultBytes, doc);
    }

    /** A number of bytes, or 0, which means what {@code zero} says. */
    ConfigurationKey<Long> size(String name, long minBytes, long maxBytes, String zero, long defaultBytes, String doc) {
        return key(name, ValueTypes.size(minBytes, maxBytes, zero), defaultBytes, doc);
    }

    /** A number of milliseconds. */
    ConfigurationKey<Long> duration(String name, long minMillis, long maxMillis, long defaultMillis, String doc) {
        return key(name, ValueTypes.duration(minMillis, maxMillis, null), defaultMillis, doc);
    }

    /** A number of milliseconds, or 0, which means what {@code zero} says. */
    ConfigurationKey<Long> duration(
            String name, long minMillis, long maxMillis, String zero, long defaultMillis, String doc) {
        return key(name, ValueTypes.duration(minMillis, maxMillis, zero), defaultMillis, doc);
    }
}
