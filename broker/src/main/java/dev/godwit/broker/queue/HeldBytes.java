package dev.godwit.broker.queue;

import org.jspecify.annotations.Nullable;

/** What the messages of one queue take, in memory or on the disk, and how much that may be. Owned by the queue's loop. */
final class HeldBytes {
    private long bytes;
    private long bytesMax = Long.MAX_VALUE;
    private @Nullable SharedRoom room;

    /** For a queue that holds nothing yet. */
    void bound(long newBytesMax, SharedRoom sharedRoom) {
        bytesMax = newBytesMax;
        room = sharedRoom;
    }

    void add(long addedBytes) {
        long before = bytes;
        bytes += addedBytes;
        if (room != null) {
            room.onChanged(before, bytes);
        }
    }

    boolean isExceeded() {
        return bytes > bytesMax || (isRoomShort() && room != null && bytes > room.share());
    }

    /** True when all queues together hold too much. */
    boolean isRoomShort() {
        return room != null && room.isExceeded();
    }
}
