package dev.godwit.broker.cluster.link;

import org.jspecify.annotations.Nullable;

/**
 * One of the lines that share a link. What is sent on a channel arrives in its order, as long as the link lasts; channels
 * do not wait for each other.
 *
 * @param number such as a shard's; 0 and up
 */
public record LinkChannel(Kind kind, int number) {
    /** What a channel is for. The codes go over the wire: never reuse one. */
    public enum Kind {
        /** The logs of shards; the number is the shard's. */
        REPLICATION(1),
        /** Messages on their way to the node that leads their shard. */
        FORWARD(2),
        /** Questions and answers between nodes. */
        CONTROL(3);

        /** Asked for each frame. */
        private static final Kind[] BY_CODE = {REPLICATION, FORWARD, CONTROL};

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        /** The kind with that code; null when there is none. */
        static @Nullable Kind of(int code) {
            return code > 0 && code <= BY_CODE.length ? BY_CODE[code - 1] : null;
        }
    }

    public LinkChannel {
        if (number < 0) {
            throw new IllegalArgumentException("no channel's number: " + number);
        }
    }
}
