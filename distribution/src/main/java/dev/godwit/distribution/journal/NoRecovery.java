package dev.godwit.distribution.journal;

import dev.godwit.storage.record.JournalRecord;

/** Takes no interest in what a shard holds. */
enum NoRecovery implements WithoutMessages {
    INSTANCE;

    @Override
    public void onRecord(long index, JournalRecord record) {
        // Of no interest.
    }
}
