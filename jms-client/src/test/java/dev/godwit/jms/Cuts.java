package dev.godwit.jms;

import java.util.Random;

/**
 * After how many bytes tests cut a connection, once after the other. They go on by fewer bytes than the smallest frame has (8, AMQP
 * 1.0 §2.3.1): so each frame is cut, and each number of whole frames is all that goes through. Where they begin is left to chance.
 * {@code -Dgodwit.cut.step=1} cuts after each byte, {@code -Dgodwit.cut.first=<n>} begins where another run did.
 */
final class Cuts {
    static final int STEP_BYTES = Integer.getInteger("godwit.cut.step", 7);

    static final int FIRST_BYTES = Integer.getInteger("godwit.cut.first", new Random().nextInt(STEP_BYTES));

    private Cuts() {}

    /** What to run with to have the same cuts again. */
    static String again() {
        return "rerun with -Dgodwit.cut.step=" + STEP_BYTES + " -Dgodwit.cut.first=" + FIRST_BYTES;
    }
}
