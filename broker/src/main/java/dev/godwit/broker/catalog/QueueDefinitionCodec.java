package dev.godwit.broker.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A definition's body in the metadata log: JSON, so that an older release can read what a newer one wrote. */
public final class QueueDefinitionCodec {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private QueueDefinitionCodec() {}

    public static ByteBuffer encode(QueueDefinition definition) {
        try {
            return ByteBuffer.wrap(JSON.writeValueAsBytes(definition));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("cannot write " + definition, impossible);
        }
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws IllegalStateException when the body is not a queue definition: the metadata log is not ours
     */
    public static QueueDefinition decode(String name, ByteBuffer body) {
        var bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        try {
            return JSON.readValue(bytes, QueueDefinition.class);
        } catch (IOException unreadable) {
            throw new IllegalStateException(
                    "the definition of queue " + name + " cannot be read: " + Arrays.toString(bytes), unreadable);
        }
    }
}
