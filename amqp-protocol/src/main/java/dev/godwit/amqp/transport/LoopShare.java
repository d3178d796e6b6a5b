package dev.godwit.amqp.transport;

/** What the connections of one event loop share. Owned by that loop. */
record LoopShare(PerformativeCodec codec, ViolationLog violations) {
    LoopShare() {
        this(new PerformativeCodec(), new ViolationLog(false));
    }

    /** For a client: its violations are told to its listener. */
    static LoopShare quiet() {
        return new LoopShare(new PerformativeCodec(), new ViolationLog(true));
    }
}
