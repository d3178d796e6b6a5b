package dev.godwit.broker.queue;

import java.nio.ByteBuffer;

/**
 * One large message's way into a node, part by part. Owned by the producer's loop; lives until the message is whole, or
 * given up. The message takes its place among the producer's others when it is whole.
 */
public interface LargeMessageDoor {
    /** More than this is no part, but several. */
    int PART_BYTES_MAX = 256 * 1024;

    /** The next bytes, from position to limit; nobody may write to them any more. */
    void addPart(ByteBuffer part);

    /** That was all. The reply tells how it ended. */
    void end();

    /** The rest will not come. The reply stays silent. */
    void giveUp();
}
