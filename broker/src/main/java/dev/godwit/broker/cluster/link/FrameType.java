package dev.godwit.broker.cluster.link;

/** What a frame is. The codes go over the wire: never reuse one. */
enum FrameType {
    /** A message of a channel, or a part of one. */
    DATA(1),
    /** Are you there? With 8 bytes that come back. */
    PING(2),
    /** I am; the 8 bytes of the ping. */
    PONG(3),
    /** I go, for the reason in the payload. Nothing comes behind it. */
    BYE(4);

    private static final FrameType[] ALL = values();

    private final int code;

    FrameType(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static FrameType of(int code) throws LinkViolation {
        if (code < DATA.code || code > BYE.code) {
            throw LinkViolation.of("a frame of type " + code);
        }
        return ALL[code - 1];
    }
}
