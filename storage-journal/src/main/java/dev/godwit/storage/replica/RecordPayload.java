package dev.godwit.storage.replica;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.replication.Payload;

/**
 * An entry that holds a fact of the shard. What replication says for itself (epochs begun, voters) has payloads of its own.
 *
 * @param sizeBytes what the record takes on disk
 */
public record RecordPayload(JournalRecord record, int sizeBytes) implements Payload {
    public RecordPayload {
        if (record instanceof JournalRecord.EpochBegun || record instanceof JournalRecord.VotersNamed) {
            throw new IllegalArgumentException("only replication itself says: " + record);
        }
    }
}
