package dev.godwit.distribution.journal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One line of the portable form, as its fields. Fields that this release does not know are left alone. Immutable. */
final class ExportLine {
    private static final JsonFactory JSON = new JsonFactory();

    private final long number;
    private final Map<String, Object> fields = new HashMap<>();

    /** @param number of the line, from 1 */
    private ExportLine(long number) {
        this.number = number;
    }

    static ExportLine parse(long number, byte[] text, int length) throws ExportLineException {
        var line = new ExportLine(number);
        try (JsonParser json = JSON.createParser(text, 0, length)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new ExportLineException(number, "it is no JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                line.fields.put(name, value(json, name));
            }
            if (json.nextToken() != null) {
                throw new ExportLineException(number, "something follows the JSON object");
            }
        } catch (JsonProcessingException e) {
            throw new ExportLineException(number, e.getOriginalMessage());
        } catch (IOException e) {
            throw new ExportLineException(number, String.valueOf(e.getMessage()));
        }
        return line;
    }

    private static boolean isBytes(String name) {
        return name.equals(ExportFormat.BODY) || name.equals(ExportFormat.ANNOTATIONS);
    }

    private static Object value(JsonParser json, String name) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_STRING -> isBytes(name) ? json.getBinaryValue() : json.getText();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_TRUE, VALUE_FALSE -> json.getBooleanValue();
            case START_OBJECT -> texts(json);
            default -> {
                json.skipChildren();
                yield "";
            }
        };
    }

    private static Map<String, String> texts(JsonParser json) throws IOException {
        var texts = new HashMap<String, String>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            texts.put(name, json.getValueAsString(""));
            json.skipChildren();
        }
        return texts;
    }

    long number() {
        return number;
    }

    /** What the line is; empty for the first one, which says so otherwise. */
    String type() throws ExportLineException {
        return fields.containsKey(ExportFormat.TYPE) ? text(ExportFormat.TYPE) : "";
    }

    String text(String name) throws ExportLineException {
        if (fields.get(name) instanceof String text) {
            return text;
        }
        throw new ExportLineException(number, "\"" + name + "\" must be a text");
    }

    /** @throws ExportLineException when it is not there, or not from {@code min} to {@code max} */
    long wholeNumber(String name, long min, long max) throws ExportLineException {
        if (fields.get(name) instanceof Long value && value >= min && value <= max) {
            return value;
        }
        throw new ExportLineException(number, "\"" + name + "\" must be a whole number from " + min + " to " + max);
    }

    long wholeNumber(String name, long min, long max, long ifMissing) throws ExportLineException {
        return fields.containsKey(name) ? wholeNumber(name, min, max) : ifMissing;
    }

    boolean isTrue(String name) {
        return Boolean.TRUE.equals(fields.get(name));
    }

    /** The bytes that the line carries, in base64. */
    byte[] body() throws ExportLineException {
        return bytes(ExportFormat.BODY);
    }

    /** What a message was given later, in base64; no bytes when the line does not speak of it. */
    byte[] annotations() throws ExportLineException {
        return fields.containsKey(ExportFormat.ANNOTATIONS) ? bytes(ExportFormat.ANNOTATIONS) : new byte[0];
    }

    private byte[] bytes(String name) throws ExportLineException {
        if (fields.get(name) instanceof byte[] bytes) {
            return Arrays.copyOf(bytes, bytes.length);
        }
        throw new ExportLineException(number, "\"" + name + "\" must be a text in base64");
    }

    Map<String, String> settings() {
        @Nullable Object settings = fields.get("settings");
        var texts = new HashMap<String, String>();
        if (settings instanceof Map<?, ?> map) {
            map.forEach((key, value) -> texts.put(String.valueOf(key), String.valueOf(value)));
        }
        return texts;
    }
}
