package dev.godwit.broker.queue;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Names for the locks of one queue. Nobody who knows some of them can guess which locks others have. Takes no room before
 * the first one is asked for. Owned by the queue's loop; lives as long as the queue.
 */
final class LockNames {
    /** So many are drawn at once: to ask the system's source of randomness takes a lock that others want, too. */
    private static final int NAMES_AT_ONCE = 32;

    private static final int NAME_BYTES = 16;

    private @Nullable SecureRandom random;
    private ByteBuffer drawn = ByteBuffer.allocate(0);

    LockToken next() {
        if (!drawn.hasRemaining()) {
            draw();
        }
        return new LockToken(new UUID(drawn.getLong(), drawn.getLong()));
    }

    private void draw() {
        if (random == null) {
            random = new SecureRandom();
            drawn = ByteBuffer.allocate(NAMES_AT_ONCE * NAME_BYTES);
        }
        random.nextBytes(drawn.array());
        drawn.clear();
    }
}
