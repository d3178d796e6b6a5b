package dev.godwit.amqp.transport;

/** What the connections of one event loop share. Owned by that loop, but for the rooms, which all loops of a server have. */
record LoopShare(
        PerformativeCodec codec,
        TransferEncoder transfers,
        ViolationLog violations,
        FairRoom partialBytes,
        FairRoom unsettled) {
    LoopShare(FairRoom partialBytes, FairRoom unsettled) {
        this(new PerformativeCodec(), new TransferEncoder(), new ViolationLog(false), partialBytes, unsettled);
    }

    /** For a client: its violations are told to its listener. */
    static LoopShare quiet() {
        return new LoopShare(
                new PerformativeCodec(),
                new TransferEncoder(),
                new ViolationLog(true),
                new FairRoom(Long.MAX_VALUE),
                new FairRoom(Long.MAX_VALUE));
    }
}
