package dev.godwit.storage.replica;

import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.ReplicaMessage;

/**
 * A message as it came.
 *
 * @param from who says that he sent it; whether the line it came on is that node's, the receiver of the line knows
 * @param to whom it was meant for, perhaps a journal that this node had once
 */
public record ReceivedMessage(ReplicaId from, ReplicaId to, ReplicaMessage message) {}
