package dev.godwit.benchmarks.journal;

import java.nio.ByteBuffer;
import java.util.Random;

/** A megabyte of message bodies, in turn: so many that they come from memory and not from the nearest cache. */
final class Bodies {
    static final int BYTES = 1024;
    private static final int COUNT = 1024;

    private final ByteBuffer[] bodies = new ByteBuffer[COUNT];
    private int next;

    Bodies() {
        var random = new Random(1);
        for (int i = 0; i < COUNT; i++) {
            var bytes = new byte[BYTES];
            random.nextBytes(bytes);
            bodies[i] = ByteBuffer.wrap(bytes);
        }
    }

    ByteBuffer next() {
        return bodies[next++ & COUNT - 1];
    }
}
