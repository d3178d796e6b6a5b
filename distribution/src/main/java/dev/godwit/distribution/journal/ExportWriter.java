package dev.godwit.distribution.journal;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes the portable form of a journal, line by line. Owned by one thread. */
final class ExportWriter implements Closeable {
    private final JsonGenerator json;
    private long queues;
    private long messages;

    /**
     * What is said of a message besides its bytes.
     *
     * @param queue its name
     * @param expiryTimeMillis {@link MessageEnqueued#NO_EXPIRY} when it has none
     * @param notBeforeMillis nobody is to be given it earlier; {@link MessageEnqueued#AT_ONCE} for none
     * @param annotations what the message was given later, as the journal holds it; null for nothing
     * @param dead it was consumed, expired or deleted; its bytes are still there
     */
    record MessageFacts(
            String queue,
            int shard,
            long index,
            long arrivalTimeMillis,
            long expiryTimeMillis,
            int attributes,
            int deliveryCount,
            long notBeforeMillis,
            @Nullable ByteBuffer annotations,
            boolean dead) {}

    ExportWriter(OutputStream out) throws IOException {
        json = new JsonFactory().createGenerator(out, JsonEncoding.UTF8);
        json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
    }

    void begin(UUID journalId, Instant now) throws IOException {
        json.writeStartObject();
        json.writeStringField("format", ExportFormat.FORMAT);
        json.writeNumberField("version", ExportFormat.VERSION);
        json.writeStringField("journal", journalId.toString());
        json.writeStringField("exported", now.toString());
        json.writeEndObject();
    }

    void queue(QueueDefinition definition) throws IOException {
        queues++;
        json.writeStartObject();
        json.writeStringField(ExportFormat.TYPE, ExportFormat.QUEUE);
        json.writeStringField("name", definition.name());
        json.writeNumberField("created", definition.createdAtMillis());
        json.writeStringField("creator", definition.creator());
        json.writeObjectFieldStart("settings");
        for (Map.Entry<String, String> setting : definition.settings().entrySet()) {
            json.writeStringField(setting.getKey(), setting.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    /** A message whose bytes are at hand; a long one becomes several lines. */
    void message(MessageFacts facts, ByteBuffer body) throws IOException {
        if (body.remaining() <= ExportFormat.PART_BYTES_MAX) {
            messages++;
            json.writeStartObject();
            facts(ExportFormat.MESSAGE, facts);
            body(body);
            json.writeEndObject();
            return;
        }
        beginLarge(facts, body.remaining());
        ByteBuffer rest = body.duplicate();
        while (rest.hasRemaining()) {
            int length = Math.min(rest.remaining(), ExportFormat.PART_BYTES_MAX);
            part(rest.slice(rest.position(), length));
            rest.position(rest.position() + length);
        }
    }

    /** A message whose bytes come in parts, which must follow. */
    void beginLarge(MessageFacts facts, long bytes) throws IOException {
        messages++;
        json.writeStartObject();
        facts(ExportFormat.LARGE, facts);
        json.writeNumberField("bytes", bytes);
        json.writeEndObject();
    }

    void part(ByteBuffer body) throws IOException {
        json.writeStartObject();
        json.writeStringField(ExportFormat.TYPE, ExportFormat.PART);
        body(body);
        json.writeEndObject();
    }

    void end() throws IOException {
        json.writeStartObject();
        json.writeStringField(ExportFormat.TYPE, ExportFormat.END);
        json.writeNumberField("queues", queues);
        json.writeNumberField("messages", messages);
        json.writeEndObject();
        json.writeRaw('\n');
        json.flush();
    }

    long messages() {
        return messages;
    }

    long queues() {
        return queues;
    }

    private void facts(String type, MessageFacts facts) throws IOException {
        json.writeStringField(ExportFormat.TYPE, type);
        json.writeStringField("queue", facts.queue());
        json.writeNumberField("shard", facts.shard());
        json.writeNumberField("index", facts.index());
        json.writeNumberField("arrival", facts.arrivalTimeMillis());
        if (facts.expiryTimeMillis() != MessageEnqueued.NO_EXPIRY) {
            json.writeNumberField("expiry", facts.expiryTimeMillis());
        }
        json.writeNumberField("attributes", facts.attributes());
        json.writeNumberField("deliveryCount", facts.deliveryCount());
        if (facts.notBeforeMillis() != MessageEnqueued.AT_ONCE) {
            json.writeNumberField("notBefore", facts.notBeforeMillis());
        }
        if (facts.annotations() != null) {
            bytes(ExportFormat.ANNOTATIONS, facts.annotations());
        }
        if (facts.dead()) {
            json.writeBooleanField("dead", true);
        }
    }

    private void body(ByteBuffer body) throws IOException {
        bytes(ExportFormat.BODY, body);
    }

    private void bytes(String name, ByteBuffer value) throws IOException {
        var bytes = new byte[value.remaining()];
        value.duplicate().get(bytes);
        json.writeBinaryField(name, bytes);
    }

    @Override
    public void close() throws IOException {
        json.close();
    }
}
