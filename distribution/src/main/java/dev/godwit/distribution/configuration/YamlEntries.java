package dev.godwit.distribution.configuration;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Flattens a YAML document into dotted names, each with its value and its line. Used once and dropped. */
final class YamlEntries {
    private static final int DEPTH_MAX = 8;

    /**
     * A leaf of the document.
     *
     * @param value a string, a list of strings and of maps of strings, or null
     */
    record Entry(String name, @Nullable Object value, int line) {}

    /** A map within a list, which knows where its fields are. */
    static final class Fields extends LinkedHashMap<String, @Nullable Object> {
        private static final long serialVersionUID = 1L;

        private final HashMap<String, Integer> lines = new HashMap<>();

        /** 0 when there is no such field. */
        int line(String name) {
            return lines.getOrDefault(name, 0);
        }
    }

    private final String source;
    private final JsonParser parser;
    private final List<Entry> entries = new ArrayList<>();

    private YamlEntries(String source, JsonParser parser) {
        this.source = source;
        this.parser = parser;
    }

    /** Reads a whole document; {@code source} names it in errors. */
    static List<Entry> read(String source, Reader yaml) throws IOException, ConfigurationException {
        var factory = new YAMLFactory();
        try (JsonParser parser = factory.createParser(yaml)) {
            parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
            var reader = new YamlEntries(source, parser);
            reader.readDocument();
            return reader.entries;
        } catch (JsonProcessingException malformed) {
            int line = malformed.getLocation() == null
                    ? 0
                    : malformed.getLocation().getLineNr();
            throw new ConfigurationException(
                    source + ", line " + line + ": not valid YAML: " + firstLine(malformed.getOriginalMessage()));
        }
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }

    private void readDocument() throws IOException, ConfigurationException {
        JsonToken first = parser.nextToken();
        if (first == null || first == JsonToken.VALUE_NULL) {
            return;
        }
        if (first != JsonToken.START_OBJECT) {
            throw error("expected keys with values, such as `listen:`");
        }
        readMap("", 1);
    }

    private void readMap(String prefix, int depth) throws IOException, ConfigurationException {
        checkDepth(depth);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = prefix + parser.currentName();
            int line = parser.currentTokenLocation().getLineNr();
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                readMap(name + ".", depth + 1);
            } else {
                entries.add(new Entry(name, value(depth + 1), line));
            }
        }
    }

    private @Nullable Object value(int depth) throws IOException, ConfigurationException {
        checkDepth(depth);
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_ARRAY) {
            var list = new ArrayList<@Nullable Object>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(depth + 1));
            }
            return list;
        }
        if (token == JsonToken.START_OBJECT) {
            var map = new Fields();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                map.lines.put(name, parser.currentTokenLocation().getLineNr());
                parser.nextToken();
                map.put(name, value(depth + 1));
            }
            return map;
        }
        if (token == JsonToken.VALUE_NULL) {
            return null;
        }
        return parser.getText();
    }

    private void checkDepth(int depth) throws ConfigurationException {
        if (depth > DEPTH_MAX) {
            throw error("nested too deeply");
        }
    }

    private ConfigurationException error(String what) {
        return new ConfigurationException(
                source + ", line " + parser.currentTokenLocation().getLineNr() + ": " + what);
    }
}
