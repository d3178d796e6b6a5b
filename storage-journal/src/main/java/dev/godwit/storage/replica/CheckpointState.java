package dev.godwit.storage.replica;

import dev.godwit.storage.replication.Payload;
import java.nio.ByteBuffer;

/**
 * The state that a checkpoint stands for, as bytes that whoever made it understands.
 *
 * @param bytes from position to limit
 */
public record CheckpointState(ByteBuffer bytes) implements Payload {
    @Override
    public int sizeBytes() {
        return bytes.remaining();
    }
}
