package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpType;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Where the properties of the message stand that was scanned last (AMQP 1.0 §3.2.4). Owned by one {@link MessageSections}; used
 * again and again.
 */
final class PropertyFields {
    static final int MESSAGE_ID = 0;
    static final int USER_ID = 1;
    static final int TO = 2;
    static final int SUBJECT = 3;
    static final int REPLY_TO = 4;
    static final int CORRELATION_ID = 5;
    static final int CONTENT_TYPE = 6;
    static final int CONTENT_ENCODING = 7;
    static final int ABSOLUTE_EXPIRY_TIME = 8;
    static final int CREATION_TIME = 9;
    static final int GROUP_ID = 10;
    static final int GROUP_SEQUENCE = 11;
    static final int REPLY_TO_GROUP_ID = 12;

    /** Of each field; {@link AmqpType#NULL} stands for the four types of a message-id. */
    private static final AmqpType[] TYPES = {
        AmqpType.NULL,
        AmqpType.BINARY,
        AmqpType.STRING,
        AmqpType.STRING,
        AmqpType.STRING,
        AmqpType.NULL,
        AmqpType.SYMBOL,
        AmqpType.SYMBOL,
        AmqpType.TIMESTAMP,
        AmqpType.TIMESTAMP,
        AmqpType.STRING,
        AmqpType.UINT,
        AmqpType.STRING
    };

    private final int[] positions = new int[TYPES.length];

    PropertyFields() {
        forget();
    }

    /** There are none. */
    void forget() {
        Arrays.fill(positions, EncodedValue.ABSENT);
    }

    /** Index of a field's value in the buffer, or {@link EncodedValue#ABSENT} when it is null or missing. */
    int position(int field) {
        return positions[field];
    }

    boolean has(int field) {
        return positions[field] != EncodedValue.ABSENT;
    }

    /** Reads the section's list; returns where it ends. */
    int scan(ByteBuffer buffer, ValueCheck check, int list, int end) {
        int code = FieldList.requireList(buffer, list, end);
        int stop = EncodedValue.contentEnd(buffer, code, list + 1, end);
        int at = FieldList.first(code, list, stop);
        int count = FieldList.count(buffer, code, list, stop, TYPES.length);
        for (int i = 0; i < count; i++) {
            int field = EncodedValue.code(buffer, at, stop);
            if (field == FormatCode.NULL) {
                at++;
                continue;
            }
            if (TYPES[i] == AmqpType.NULL) {
                requireMessageId(buffer, at, stop);
            } else {
                EncodedValue.requireType(buffer, TYPES[i], at, stop);
            }
            positions[i] = at;
            at = check.checkSimple(buffer, field, at, stop);
        }
        return FieldList.requireEnd(at, stop);
    }

    private static void requireMessageId(ByteBuffer buffer, int position, int end) {
        int code = EncodedValue.code(buffer, position, end);
        boolean allowed = code != FormatCode.DESCRIBED
                && switch (FormatCode.type(code, position)) {
                    case ULONG, UUID, BINARY, STRING -> true;
                    default -> false;
                };
        if (!allowed) {
            throw new AmqpDecodeException(position, "no message-id has the code 0x" + Integer.toHexString(code));
        }
    }

    /** Whether a section's list has a group-id, found without reading anything else. */
    static boolean findsGroup(ByteBuffer buffer, int list, int end) {
        int code = FieldList.requireList(buffer, list, end);
        if (FieldList.count(buffer, code, list, end, TYPES.length) <= GROUP_ID) {
            return false;
        }
        int field = FieldList.first(code, list, end);
        for (int i = 0; i < GROUP_ID; i++) {
            field = EncodedValue.skip(buffer, field, end);
        }
        return EncodedValue.code(buffer, field, end) != FormatCode.NULL;
    }
}
