package dev.godwit.broker.queue;

import dev.godwit.amqp.type.Binary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * By what a consumer names the lock that it has on a message when it asks for more time. On the wire it is the delivery-tag,
 * whose bytes stand as a GUID's in memory, the first three parts with their lowest byte first: so clients of Azure Service
 * Bus read it. Immutable.
 */
public record LockToken(UUID id) {
    private static final int BYTES = 16;

    /** As a delivery-tag. */
    public Binary tag() {
        return Binary.viewOf(swapped(id));
    }

    /** Null when it is the tag of no lock. */
    public static @Nullable LockToken ofTag(Binary tag) {
        if (tag.length() != BYTES) {
            return null;
        }
        var bytes = tag.asByteBuffer();
        var read = swapped(new UUID(bytes.getLong(), bytes.getLong()));
        return new LockToken(new UUID(read.getLong(), read.getLong()));
    }

    /** One order from the other, either way. */
    private static ByteBuffer swapped(UUID id) {
        var most =
                ByteBuffer.allocate(BYTES).putLong(id.getMostSignificantBits()).flip();
        int first = most.getInt();
        short second = most.getShort();
        short third = most.getShort();
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(first)
                .putShort(second)
                .putShort(third)
                .order(ByteOrder.BIG_ENDIAN)
                .putLong(id.getLeastSignificantBits())
                .flip();
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
