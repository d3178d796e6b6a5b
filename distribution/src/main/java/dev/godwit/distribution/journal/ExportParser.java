package dev.godwit.distribution.journal;

import dev.godwit.broker.address.AddressName;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads an export from its first line to its last, and checks each. Used once, by one thread. */
final class ExportParser {
    private static final int ATTRIBUTES_MAX = 0xFFFF;

    private final ExportReader reader;
    private final ExportHandler handler;
    private long queues;
    private long messages;

    private ExportParser(ExportReader reader, ExportHandler handler) {
        this.reader = reader;
        this.handler = handler;
    }

    /**
     * Passes on all that {@code in} holds, and closes it.
     *
     * @throws ExportLineException at the first line that cannot be used; those before it have been passed on
     */
    static void parse(InputStream in, ExportHandler handler) throws IOException, ExportLineException {
        try (var reader = new ExportReader(in)) {
            new ExportParser(reader, handler).parse();
        }
    }

    private void parse() throws IOException, ExportLineException {
        header(reader.next());
        for (ExportLine line = reader.next(); line != null; line = reader.next()) {
            if (line.type().equals(ExportFormat.END)) {
                end(line);
                return;
            }
            onLine(line);
        }
        throw new ExportLineException(
                queues + messages + 1, "the last line is missing: the export was cut short, or is not complete yet");
    }

    private static void header(@Nullable ExportLine first) throws ExportLineException {
        if (first == null) {
            throw new ExportLineException(1, "there is none: the export is empty");
        }
        if (!first.text("format").equals(ExportFormat.FORMAT)) {
            throw new ExportLineException(first.number(), "\"format\" must be \"" + ExportFormat.FORMAT + "\"");
        }
        first.wholeNumber("version", 1, ExportFormat.VERSION);
    }

    private void onLine(ExportLine line) throws IOException, ExportLineException {
        switch (line.type()) {
            case ExportFormat.QUEUE -> {
                queues++;
                handler.onQueue(
                        name(line, "name"),
                        line.wholeNumber("created", 0, Long.MAX_VALUE, 0),
                        line.text("creator"),
                        line.settings());
            }
            case ExportFormat.MESSAGE -> {
                messages++;
                handler.onMessage(message(line), line.body());
            }
            case ExportFormat.LARGE -> {
                messages++;
                large(line);
            }
            default ->
                throw new ExportLineException(
                        line.number(), "\"type\" is \"" + line.type() + "\", which is not expected here");
        }
    }

    private void large(ExportLine line) throws IOException, ExportLineException {
        long rest = line.wholeNumber("bytes", 1, Long.MAX_VALUE);
        handler.onLargeMessage(message(line), rest);
        while (rest > 0) {
            ExportLine part = reader.next();
            if (part == null || !part.type().equals(ExportFormat.PART)) {
                throw new ExportLineException(
                        part == null ? line.number() : part.number(),
                        "a part of the message of line " + line.number() + " was expected: " + rest
                                + " bytes of it are missing");
            }
            byte[] body = part.body();
            if (body.length == 0 || body.length > rest || body.length > ExportFormat.PART_BYTES_MAX) {
                throw new ExportLineException(
                        part.number(),
                        "the part has " + body.length + " bytes, where 1 to "
                                + Math.min(rest, ExportFormat.PART_BYTES_MAX) + " may come");
            }
            rest -= body.length;
            handler.onPart(body, rest == 0);
        }
    }

    private static ImportedMessage message(ExportLine line) throws ExportLineException {
        return new ImportedMessage(
                name(line, "queue"),
                line.wholeNumber("arrival", 0, Long.MAX_VALUE),
                line.wholeNumber("expiry", 0, Long.MAX_VALUE, MessageEnqueued.NO_EXPIRY),
                (int) line.wholeNumber("attributes", 0, ATTRIBUTES_MAX, 0),
                (int) line.wholeNumber("deliveryCount", 0, Integer.MAX_VALUE, 0),
                line.wholeNumber("notBefore", 0, Long.MAX_VALUE, MessageEnqueued.AT_ONCE),
                ByteBuffer.wrap(line.annotations()),
                line.isTrue("dead"));
    }

    private static String name(ExportLine line, String field) throws ExportLineException {
        String name = line.text(field);
        String objection = AddressName.objection("a queue's name", name);
        if (objection != null) {
            throw new ExportLineException(line.number(), objection);
        }
        return name;
    }

    private void end(ExportLine line) throws IOException, ExportLineException {
        line.wholeNumber("queues", queues, queues);
        line.wholeNumber("messages", messages, messages);
        ExportLine more = reader.next();
        if (more != null) {
            throw new ExportLineException(more.number(), "it comes after the last line");
        }
    }
}
