package dev.godwit.storage.replication;

/**
 * The state of a shard after the entry at {@code index}, all entries up to which are committed: it stands for them where
 * they are not kept whole.
 *
 * @param epoch of the entry at {@code index}
 * @param voters that hold after that entry
 * @param payload the state itself, with the bodies of what is alive in it
 */
public record Checkpoint(long index, long epoch, Voters voters, Payload payload) {}
