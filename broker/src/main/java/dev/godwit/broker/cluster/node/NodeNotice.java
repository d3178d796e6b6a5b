package dev.godwit.broker.cluster.node;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node says of itself to the others whenever that changes, and every second. Immutable.
 *
 * <p>As bytes: the kind of message, {@value #KIND}; flags, of which bit 0 says that it rests, bit 1 that it is a witness; 8 bytes of epoch; 2 bytes of how many ports follow, each of
 * 2 bytes. What a newer release puts behind is passed over.
 *
 * @param epoch of shard 0, in which it serves, or has last served; 0 when it never has
 * @param doors the ports at which it takes clients that are passed on, in the order of the listeners; empty while it does not serve
 * @param standing whether it is to lead
 */
record NodeNotice(long epoch, List<Integer> doors, Standing standing) {
    /** Whether a node is to lead. */
    enum Standing {
        /** If it is elected. */
        MAY_LEAD(0),
        /** Not until an operator says so: unless nobody else has what it has. */
        RESTS(1),
        /** Likewise, for good: a node that was set up to vote and to keep copies. */
        WITNESS(3);

        private final byte flags;

        Standing(int flags) {
            this.flags = (byte) flags;
        }

        boolean rests() {
            return this != MAY_LEAD;
        }

        private static Standing of(byte flags) {
            return (flags & RESTS.flags) == 0 ? MAY_LEAD : (flags & WITNESS.flags) == WITNESS.flags ? WITNESS : RESTS;
        }
    }

    static final NodeNotice AT_FIRST = new NodeNotice(0, List.of(), Standing.MAY_LEAD);

    private static final byte KIND = 1;
    private static final int HEAD_BYTES = 12;
    private static final int PORT_MASK = 0xffff;

    /** More listeners than that nobody has. */
    private static final int DOORS_MAX = 1_000;

    NodeNotice {
        doors = List.copyOf(doors);
        if (doors.size() > DOORS_MAX) {
            throw new IllegalArgumentException(doors.size() + " doors");
        }
    }

    boolean serves() {
        return !doors.isEmpty();
    }

    NodeNotice serving(long newEpoch, List<Integer> newDoors) {
        return new NodeNotice(newEpoch, newDoors, standing);
    }

    NodeNotice with(Standing now) {
        return new NodeNotice(epoch, doors, now);
    }

    ByteBuffer encode() {
        var bytes = ByteBuffer.allocate(HEAD_BYTES + Short.BYTES * doors.size())
                .put(KIND)
                .put(standing.flags)
                .putLong(epoch)
                .putShort((short) doors.size());
        doors.forEach(port -> bytes.putShort(port.shortValue()));
        return bytes.flip();
    }

    /** Null when that is something else, or makes no sense. */
    static @Nullable NodeNotice decode(ByteBuffer message) {
        var bytes = message.duplicate();
        try {
            if (bytes.get() != KIND) {
                return null;
            }
            var standing = Standing.of(bytes.get());
            long epoch = bytes.getLong();
            int count = bytes.getShort() & PORT_MASK;
            if (count > DOORS_MAX) {
                return null;
            }
            var doors = new ArrayList<Integer>(count);
            for (int door = 0; door < count; door++) {
                doors.add(bytes.getShort() & PORT_MASK);
            }
            return new NodeNotice(epoch, doors, standing);
        } catch (BufferUnderflowException tooShort) {
            return null;
        }
    }
}
