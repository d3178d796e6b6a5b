package dev.godwit.distribution.journal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.godwit.storage.journal.InspectedRecord;
import dev.godwit.storage.journal.InspectionReport;
import dev.godwit.storage.journal.JournalInspection;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalVisitor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Prints a stopped journal's records, one a line, in the order in which they were written. Used once. */
public final class JournalPrint implements JournalVisitor {
    /**
     * Which records.
     *
     * @param shard null for all
     * @param queue by name; null for all
     * @param type as docs/journal-format.md calls it, in any case; null for all
     * @param fromIndex in the shard, included
     * @param toIndex in the shard, included
     */
    public record Selection(
            @Nullable Integer shard,
            @Nullable String queue,
            @Nullable String type,
            long fromIndex,
            long toIndex) {
        private boolean fits(InspectedRecord record) {
            return (shard == null || shard == record.shard())
                    && (type == null || type.equalsIgnoreCase(record.type()))
                    && record.index() >= fromIndex
                    && record.index() <= toIndex;
        }
    }

    private final Selection selection;
    private final PrintWriter out;
    private final @Nullable JsonGenerator json;
    private final RecordText text;

    private JournalPrint(
            Selection selection, PrintWriter out, @Nullable JsonGenerator json, JournalDefinitions definitions) {
        this.selection = selection;
        this.out = out;
        this.json = json;
        text = new RecordText(definitions);
    }

    /** Prints all records that fit; as JSON lines, or as text. */
    public static InspectionReport print(
            JournalInspection inspection, Selection selection, PrintWriter out, boolean asJson)
            throws JournalOpenException, IOException {
        var definitions = new JournalDefinitions();
        try (var contents = inspection.contents()) {
            contents.recover(shard -> shard == 0 ? definitions : NoRecovery.INSTANCE);
        }
        JsonGenerator json =
                asJson ? new JsonFactory().createGenerator(out).setPrettyPrinter(new MinimalPrettyPrinter("\n")) : null;
        InspectionReport report = inspection.walk(new JournalPrint(selection, out, json, definitions));
        if (json != null) {
            json.writeRaw('\n');
            json.flush();
        }
        out.flush();
        return report;
    }

    @Override
    public void onRecord(InspectedRecord record) {
        if (!selection.fits(record)) {
            return;
        }
        text.show(record);
        if (selection.queue() != null && !selection.queue().equals(text.queue())) {
            return;
        }
        if (json == null) {
            out.println(text.line(record));
            return;
        }
        try {
            text.write(record, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
