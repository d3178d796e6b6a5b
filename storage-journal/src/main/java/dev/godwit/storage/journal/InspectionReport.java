package dev.godwit.storage.journal;

import dev.godwit.storage.segment.Damage;
import java.util.List;
import java.util.UUID;

/**
 * What a walk through a journal has found.
 *
 * @param segments files that hold records
 * @param segmentBytes their length
 * @param batches whole ones
 * @param batchBytes their length, with padding
 * @param records in them, and in what is left of others; pieces count each
 * @param tornBatches 1 when the last one was begun and not completed, else 0
 * @param lastSequence of the last whole batch
 * @param lastWrittenAtMillis when that was written, wall clock; 0 when there is none
 * @param damages what is not as it was written
 */
public record InspectionReport(
        UUID journalId,
        int segments,
        long segmentBytes,
        long batches,
        long batchBytes,
        long records,
        int tornBatches,
        long lastSequence,
        long lastWrittenAtMillis,
        List<Damage> damages) {
    public InspectionReport {
        damages = List.copyOf(damages);
    }

    /** True when a start would be refused. */
    public boolean isRefused() {
        return damages.stream().anyMatch(damage -> !damage.isHarmless() && !damage.accepted());
    }
}
