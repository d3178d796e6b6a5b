package dev.godwit.distribution.journal;

import dev.godwit.storage.journal.InspectionReport;
import dev.godwit.storage.journal.JournalContents;
import dev.godwit.storage.journal.JournalInspection;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalVisitor;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import dev.godwit.storage.segment.Damage;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Whether a stopped journal is what was written: every batch, then every live message once more from where the index says
 * that it lies. Used once.
 */
public final class JournalVerification {
    private static final int READ_AT_ONCE = 256;

    private final InspectionReport report;
    private final List<String> unreadable = new ArrayList<>();
    private long messages;

    private JournalVerification(InspectionReport report) {
        this.report = report;
    }

    public static JournalVerification of(JournalInspection inspection) throws JournalOpenException {
        var verification = new JournalVerification(inspection.walk(new JournalVisitor() {}));
        try (var contents = inspection.contents()) {
            var last = new ArrayList<Reading>();
            contents.recover(shard -> {
                last.forEach(Reading::flush);
                last.clear();
                last.add(verification.new Reading(shard, contents));
                return last.get(0);
            });
            last.forEach(Reading::flush);
        }
        if (!verification.isRefused()) {
            verification.compareCheckpoint(inspection);
        }
        return verification;
    }

    /** A start that believes a checkpoint must come to what one that reads everything comes to. */
    private void compareCheckpoint(JournalInspection inspection) throws JournalOpenException {
        try (var whole = inspection.contents();
                var byCheckpoint = inspection.contentsByCheckpoint()) {
            long expected = StateDigest.of(whole);
            if (StateDigest.of(byCheckpoint) != expected) {
                unreadable.add("the newest checkpoint does not say what the segments say: delete the checkpoint files,"
                        + " and the next start reads everything");
            }
        }
    }

    /** True when a start would be refused, or a message could not be read. */
    public boolean isRefused() {
        return report.isRefused() || !unreadable.isEmpty();
    }

    /** Each damage on a line, then the figures on one. */
    public void print(PrintWriter out) {
        for (Damage damage : report.damages()) {
            String kind = damage.isHarmless() ? "harmless" : damage.accepted() ? "accepted before" : "damaged";
            out.println(kind + ": " + damage.describe());
        }
        unreadable.forEach(each -> out.println("damaged: " + each));
        out.printf(
                "segments=%d batches=%d records=%d messages=%d bytes=%d torn-tail=%d damaged=%d accepted=%d harmless=%d%n",
                report.segments(),
                report.batches(),
                report.records(),
                messages,
                report.batchBytes(),
                report.tornBatches(),
                unreadable.size() + count(false, false),
                count(true, false),
                count(false, true));
        out.flush();
    }

    private long count(boolean accepted, boolean harmless) {
        return report.damages().stream()
                .filter(damage -> damage.accepted() == accepted && damage.isHarmless() == harmless)
                .count();
    }

    /** Reads one shard's messages and their parts, a few at a time. */
    private final class Reading implements ShardRecovery, JournalContents.RecordListener {
        private final int shard;
        private final JournalContents contents;
        private final long[] indices = new long[READ_AT_ONCE];
        private int count;

        Reading(int shard, JournalContents contents) {
            this.shard = shard;
            this.contents = contents;
        }

        private void add(long index) {
            indices[count++] = index;
            if (count == READ_AT_ONCE) {
                flush();
            }
        }

        void flush() {
            long[] batch = Arrays.copyOf(indices, count);
            count = 0;
            contents.read(shard, batch, this);
        }

        @Override
        public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
            messages++;
            add(index);
        }

        @Override
        public void onLargeMessage(
                long index,
                long queueId,
                int attributes,
                long expiryTimeMillis,
                int deliveryCount,
                long encodedBytes,
                LongRanges partIndices) {
            onMessage(index, queueId, attributes, expiryTimeMillis, deliveryCount);
            for (int range = 0; range < partIndices.count(); range++) {
                for (long part = partIndices.first(range); part <= partIndices.last(range); part++) {
                    add(part);
                }
            }
        }

        @Override
        public void onRecord(long index, JournalRecord record) {
            // It is there.
        }

        @Override
        public void onUnreadable(long index, String problem) {
            unreadable.add("shard " + shard + " record " + index + ": " + problem);
        }
    }
}
