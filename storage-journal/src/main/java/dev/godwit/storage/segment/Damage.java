package dev.godwit.storage.segment;

import java.util.List;

/**
 * A place in the files that is not as it was written, and what that costs. Immutable.
 *
 * @param fileName of the segment
 * @param offset where it begins in the file
 * @param bytes how much of the file is in doubt; 0 when the file itself is missing
 * @param problem what is wrong with it
 * @param firstSequence of the batches that were there; 0 when it is not known, or when no batch is concerned
 * @param lastSequence of the batches that were there; 0 when no batch is concerned
 * @param recordsSalvaged records in that place that verify by themselves, and are used
 * @param recordsLost how many do not, or {@link #UNKNOWN}
 * @param lost those of them that can be named, from the gap that they leave in their shard
 * @param accepted an operator has accepted this loss before
 */
public record Damage(
        Kind kind,
        String fileName,
        long offset,
        long bytes,
        String problem,
        long firstSequence,
        long lastSequence,
        int recordsSalvaged,
        int recordsLost,
        List<LostRecords> lost,
        boolean accepted) {
    public static final int UNKNOWN = -1;

    /** What sort of place it is. */
    public enum Kind {
        /** Batches that had been on stable storage. */
        BATCHES,
        /** The first block of a segment; its batches are read all the same. */
        HEADER,
        /** A whole file. */
        SEGMENT_MISSING,
        /** Bytes that mean nothing. The start goes on. */
        PADDING
    }

    /** Records of one shard, by their indices. Which queue they belonged to went with them. */
    public record LostRecords(int shard, long first, long last) {
        public long count() {
            return last - first + 1;
        }

        @Override
        public String toString() {
            return "shard " + shard + (first == last ? " record " + first : " records " + first + " to " + last);
        }
    }

    public Damage {
        lost = List.copyOf(lost);
    }

    /** True when a start goes on without being told to accept it. */
    public boolean isHarmless() {
        return kind == Kind.PADDING;
    }

    /** One line: where, what, and what it costs. */
    public String describe() {
        var text = new StringBuilder(fileName);
        if (kind != Kind.SEGMENT_MISSING) {
            text.append(" at offset ").append(offset).append(" (").append(bytes).append(" bytes)");
        }
        text.append(": ").append(problem);
        if (lastSequence > 0) {
            text.append(firstSequence == lastSequence ? "; batch " : "; batches ");
            if (firstSequence != lastSequence) {
                text.append(firstSequence == 0 ? "up" : firstSequence).append(" to ");
            }
            text.append(lastSequence);
            text.append("; ").append(recordsSalvaged).append(" records salvaged, ");
            text.append(recordsLost == UNKNOWN ? "an unknown number" : recordsLost)
                    .append(" lost");
            describeLost(text);
        }
        return text.toString();
    }

    private void describeLost(StringBuilder text) {
        if (lost.isEmpty()) {
            return;
        }
        text.append(": ");
        for (int i = 0; i < lost.size(); i++) {
            text.append(i == 0 ? "" : ", ").append(lost.get(i));
        }
        text.append(" (queue unknown)");
    }

    @Override
    public String toString() {
        return describe();
    }
}
