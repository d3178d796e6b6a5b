package dev.godwit.amqp.transport;

/** What the connections of one event loop share. Owned by that loop, but for the room, which all loops of a server have. */
record LoopShare(PerformativeCodec codec, ViolationLog violations, PartialRoom partialRoom) {
    LoopShare(PartialRoom partialRoom) {
        this(new PerformativeCodec(), new ViolationLog(false), partialRoom);
    }

    /** For a client: its violations are told to its listener. */
    static LoopShare quiet() {
        return new LoopShare(new PerformativeCodec(), new ViolationLog(true), new PartialRoom(Long.MAX_VALUE));
    }
}
