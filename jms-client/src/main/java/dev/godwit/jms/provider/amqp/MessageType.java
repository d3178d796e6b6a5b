package dev.godwit.jms.provider.amqp;

/** The message type of Jakarta Messaging, as the annotation {@code x-opt-jms-msg-type} says it. */
enum MessageType {
    MESSAGE(0),
    OBJECT(1),
    MAP(2),
    BYTES(3),
    STREAM(4),
    TEXT(5);

    private final byte code;

    MessageType(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }
}
