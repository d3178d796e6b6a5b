package dev.godwit.storage.replica;

import dev.godwit.storage.format.DamagedFormatException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.replication.EpochBegun;
import dev.godwit.storage.replication.Payload;
import dev.godwit.storage.replication.VotersChanged;

/** What stands in the journal for what an entry carries, and the other way round: each payload is a record. */
final class EntryCodec {
    private EntryCodec() {}

    static JournalRecord recordOf(Payload payload) {
        if (payload instanceof RecordPayload fact) {
            return fact.record();
        }
        if (payload instanceof EpochBegun) {
            return new JournalRecord.EpochBegun();
        }
        if (payload instanceof VotersChanged changed) {
            return new JournalRecord.VotersNamed(VotersCodec.encode(changed.voters()));
        }
        throw new IllegalArgumentException("no entry carries " + payload);
    }

    /** @param recordBytes what the record takes on disk */
    static Payload payloadOf(JournalRecord record, int recordBytes) throws DamagedFormatException {
        if (record instanceof JournalRecord.EpochBegun) {
            return new EpochBegun();
        }
        if (record instanceof JournalRecord.VotersNamed named) {
            return new VotersChanged(VotersCodec.decode(named.voters()));
        }
        return new RecordPayload(record, recordBytes);
    }
}
