package dev.godwit.storage.replica;

import dev.godwit.storage.format.DamagedFormatException;
import java.nio.ByteBuffer;

/**
 * Which state a checkpoint stands for: the state itself came before, as {@link StateMessage}s.
 *
 * @param transfer number of the transfer, given by the sender
 * @param records how many there were
 */
record StateHandle(long transfer, long records) {
    private static final int BYTES = 2 * Long.BYTES;

    CheckpointState toState() {
        return new CheckpointState(
                ByteBuffer.allocate(BYTES).putLong(transfer).putLong(records).flip());
    }

    static StateHandle of(CheckpointState state) throws DamagedFormatException {
        ByteBuffer bytes = state.bytes();
        if (bytes.remaining() != BYTES) {
            throw DamagedFormatException.damaged("a checkpoint's state is named in " + bytes.remaining() + " bytes");
        }
        int at = bytes.position();
        return new StateHandle(bytes.getLong(at), bytes.getLong(at + Long.BYTES));
    }
}
