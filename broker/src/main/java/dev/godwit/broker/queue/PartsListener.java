package dev.godwit.broker.queue;

import java.nio.ByteBuffer;

/** Hears of the parts of a large message that are read back, in the order asked. */
public interface PartsListener {
    void onPart(ByteBuffer part);

    /** A part cannot be read, now or later; what comes after it is of no use. */
    void onUnreadable(String problem);
}
