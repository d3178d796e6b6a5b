package dev.godwit.distribution.configuration;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gathers configuration from a file and from the command line; what is read later wins. Owned by the thread that starts
 * the broker; used once.
 */
public final class ConfigurationReader {
    private final Map<String, ConfigurationKey<?>> keys = new LinkedHashMap<>();
    private final Map<ConfigurationKey<?>, Object> configured = new LinkedHashMap<>();

    public ConfigurationReader() {
        ConfigurationKeys.all().forEach(key -> keys.put(key.name(), key));
    }

    /** Reads a YAML file. Relative paths in it start at {@code base}. */
    public void readFile(Path file, Path base) throws ConfigurationException {
        try (Reader yaml = Files.newBufferedReader(file)) {
            read(file.toString(), yaml, base);
        } catch (NoSuchFileException missing) {
            throw new ConfigurationException(file + ": no such file");
        } catch (IOException unreadable) {
            throw new ConfigurationException(file + ": cannot be read: " + unreadable);
        }
    }

    void read(String source, Reader yaml, Path base) throws IOException, ConfigurationException {
        for (YamlEntries.Entry entry : YamlEntries.read(source, yaml)) {
            if (entry.value() == null && isSection(entry.name())) {
                continue;
            }
            put(source + ", line ", entry.line(), entry.name(), entry.value(), base);
        }
    }

    /** Takes {@code key=value} from the command line. A list is written {@code a,b} or as YAML, {@code [a, b]}. */
    public void set(String assignment, Path base) throws ConfigurationException {
        int equals = assignment.indexOf('=');
        if (equals <= 0) {
            throw new ConfigurationException("--set " + assignment + ": must have the form key=value");
        }
        set(assignment.substring(0, equals).strip(), assignment.substring(equals + 1), base);
    }

    /** Takes one key's value from the command line, by name. */
    public void set(String name, String value, Path base) throws ConfigurationException {
        put("--set " + name, 0, name, value.stripLeading().startsWith("[") ? flow(name, value) : value, base);
    }

    /** Whatever was read, with defaults for the rest. */
    public Configuration configuration() {
        return new Configuration(configured);
    }

    private static @Nullable Object flow(String name, String value) throws ConfigurationException {
        try {
            List<YamlEntries.Entry> entries = YamlEntries.read("--set " + name, new StringReader("value: " + value));
            return entries.get(0).value();
        } catch (IOException impossible) {
            throw new AssertionError("a string cannot fail to be read", impossible);
        }
    }

    private boolean isSection(String name) {
        return keys.keySet().stream().anyMatch(key -> key.startsWith(name + "."));
    }

    /** @param line 0 where the source has none; else it stands behind the source */
    private void put(String source, int line, String name, @Nullable Object raw, Path base)
            throws ConfigurationException {
        String where = line == 0 ? source : source + line;
        ConfigurationKey<?> key = keys.get(name);
        if (key == null) {
            throw new ConfigurationException(where + ": unknown key \"" + name + "\""
                    + NearestName.of(name, keys.keySet())
                            .map(nearest -> "; did you mean \"" + nearest + "\"?")
                            .orElse("; `godwit configuration` prints all keys"));
        }
        try {
            configured.put(key, read(key.type(), raw, base));
        } catch (InvalidValueException invalid) {
            if (invalid.getMessage() != null) {
                String place = line == 0 || invalid.line() == 0 ? where : source + invalid.line();
                throw new ConfigurationException(place + ": " + name + ": " + invalid.getMessage());
            }
            throw new ConfigurationException(
                    where + ": " + name + " must be " + key.type().expects() + ", not " + shown(raw));
        }
    }

    private static <T> Object read(ValueType<T> type, @Nullable Object raw, Path base) throws InvalidValueException {
        return type.resolve(type.read(raw), base);
    }

    private static String shown(@Nullable Object raw) {
        String text = raw == null ? "empty" : "\"" + raw + "\"";
        return text.length() <= 100 ? text : text.substring(0, 100) + "…\"";
    }
}
