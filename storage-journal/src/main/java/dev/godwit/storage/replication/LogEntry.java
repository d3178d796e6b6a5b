package dev.godwit.storage.replication;

/**
 * A record of the shard's log, or rather a handle to it: its body is wherever the payload says.
 *
 * @param index in the shard: 1, 2, 3 …
 * @param epoch of the leader that appended it
 */
public record LogEntry(long index, long epoch, Payload payload) {}
