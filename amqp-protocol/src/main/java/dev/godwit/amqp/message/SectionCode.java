package dev.godwit.amqp.message;

import java.nio.ByteBuffer;

/** The descriptors of a message's sections (AMQP 1.0 §3.2). */
final class SectionCode {
    static final int HEADER = 0x70;
    static final int DELIVERY_ANNOTATIONS = 0x71;
    static final int MESSAGE_ANNOTATIONS = 0x72;
    static final int PROPERTIES = 0x73;
    static final int APPLICATION_PROPERTIES = 0x74;
    static final int DATA = 0x75;
    static final int SEQUENCE = 0x76;
    static final int VALUE = 0x77;
    static final int FOOTER = 0x78;

    private static final String[] NAMES = {
        "amqp:header:list",
        "amqp:delivery-annotations:map",
        "amqp:message-annotations:map",
        "amqp:properties:list",
        "amqp:application-properties:map",
        "amqp:data:binary",
        "amqp:amqp-sequence:list",
        "amqp:amqp-value:*",
        "amqp:footer:map"
    };

    private SectionCode() {}

    /** The code of the section whose descriptor stands here, be it a number in any encoding or a symbol. */
    static int read(ByteBuffer buffer, int position, int end) {
        int code = EncodedValue.code(buffer, position, end);
        switch (code) {
            case FormatCode.SMALLULONG, FormatCode.ULONG -> {
                EncodedValue.contentEnd(buffer, code, position + 1, end);
                long number = EncodedValue.fixedBits(buffer, position);
                if (number >= HEADER && number <= FOOTER) {
                    return (int) number;
                }
            }
            case FormatCode.SYMBOL8, FormatCode.SYMBOL32 -> {
                int stop = EncodedValue.contentEnd(buffer, code, position + 1, end);
                int start = EncodedValue.variableStart(buffer, position);
                for (int i = 0; i < NAMES.length; i++) {
                    if (EncodedText.matches(buffer, start, stop, NAMES[i])) {
                        return HEADER + i;
                    }
                }
            }
            default -> {}
        }
        throw new AmqpDecodeException(position, "no descriptor of a message's section");
    }
}
