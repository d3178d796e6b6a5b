package dev.godwit.broker.transaction;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.amqp.type.GlobalTransactionId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What is on record of a prepared transaction, under its number.
 *
 * @param user who declared it, and may decide about it
 * @param preparedAtMillis wall clock, milliseconds since the epoch
 * @param shards those in whose logs there is something of it, in ascending order; the first one takes the decision
 */
public record PreparedDefinition(
        String user, GlobalTransactionId globalId, long preparedAtMillis, List<Integer> shards) {
    /** The kind of such definitions in the metadata log. */
    public static final String KIND = "prepared-transaction";

    private static final byte VERSION = 1;

    public PreparedDefinition {
        shards = List.copyOf(shards);
    }

    ByteBuffer encode() {
        var name = user.getBytes(UTF_8);
        var id = globalId.bytes().toByteArray();
        var encoded = ByteBuffer.allocate(
                        1 + Long.BYTES + 3 * Integer.BYTES + name.length + id.length + shards.size() * Integer.BYTES)
                .put(VERSION)
                .putLong(preparedAtMillis)
                .putInt(name.length)
                .put(name)
                .putInt(id.length)
                .put(id)
                .putInt(shards.size());
        shards.forEach(encoded::putInt);
        return encoded.flip();
    }

    /**
     * Reads what {@link #encode} wrote. What follows, of a later release, is passed over.
     *
     * @throws IllegalStateException when it is something else
     */
    static PreparedDefinition decode(String key, ByteBuffer body) {
        var from = body.duplicate();
        try {
            if (from.get() != VERSION) {
                throw new IllegalStateException(
                        "transaction " + key + " was prepared by a release that writes it in another way");
            }
            long preparedAtMillis = from.getLong();
            var user = new String(bytes(from), UTF_8);
            var globalId = GlobalTransactionId.of(bytes(from));
            var shards = new ArrayList<Integer>();
            for (int left = from.getInt(); left > 0; left--) {
                shards.add(from.getInt());
            }
            return new PreparedDefinition(user, globalId, preparedAtMillis, shards);
        } catch (BufferUnderflowException | IllegalArgumentException unreadable) {
            throw new IllegalStateException(
                    "what is known of prepared transaction " + key + " cannot be read", unreadable);
        }
    }

    private static byte[] bytes(ByteBuffer from) {
        int length = from.getInt();
        if (length < 0 || length > from.remaining()) {
            throw new IllegalArgumentException("a length of " + length);
        }
        var bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }
}
