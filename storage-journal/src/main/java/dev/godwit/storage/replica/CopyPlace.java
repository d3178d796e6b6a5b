package dev.godwit.storage.replica;

import dev.godwit.storage.journal.JournalStore;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.ReplicationSettings;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What the copies of all shards of a node have in common.
 *
 * @param openBytes what waits for majorities
 * @param states for states that the node gives to others at a time
 * @param onBroken told when a copy has found what cannot be: the node has to end
 * @param isEnded whether the journal was closed or has failed: nothing is told any more
 */
record CopyPlace(
        ReplicaId self,
        JournalStore store,
        Promises promises,
        OpenBytes openBytes,
        Semaphore states,
        ReplicationSettings settings,
        long recentBytesMax,
        Consumer<IOException> onBroken,
        BooleanSupplier isEnded) {}
