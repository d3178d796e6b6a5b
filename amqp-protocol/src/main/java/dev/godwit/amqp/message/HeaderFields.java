package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpType;
import java.nio.ByteBuffer;

/**
 * What the header says of the message that was scanned last (AMQP 1.0 §3.2.1). Owned by one {@link MessageSections}; used again
 * and again.
 */
final class HeaderFields {
    private static final AmqpType[] TYPES = {
        AmqpType.BOOLEAN, AmqpType.UBYTE, AmqpType.UINT, AmqpType.BOOLEAN, AmqpType.UINT
    };

    private boolean durable;
    private int priority;
    private long ttlMillis;
    private boolean firstAcquirer;
    private long deliveryCount;

    HeaderFields() {
        forget();
    }

    /** The defaults hold. */
    void forget() {
        durable = false;
        priority = Header.DEFAULT_PRIORITY;
        ttlMillis = MessageSections.NO_TTL;
        firstAcquirer = false;
        deliveryCount = 0;
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
            } else {
                EncodedValue.requireType(buffer, TYPES[i], at, stop);
                int next = check.checkSimple(buffer, field, at, stop);
                set(i, EncodedValue.fixedBits(buffer, at));
                at = next;
            }
        }
        return FieldList.requireEnd(at, stop);
    }

    private void set(int field, long bits) {
        switch (field) {
            case 0 -> durable = bits != 0;
            case 1 -> priority = (int) bits;
            case 2 -> ttlMillis = bits;
            case 3 -> firstAcquirer = bits != 0;
            default -> deliveryCount = bits;
        }
    }

    boolean isDurable() {
        return durable;
    }

    int priority() {
        return priority;
    }

    long ttlMillis() {
        return ttlMillis;
    }

    boolean isFirstAcquirer() {
        return firstAcquirer;
    }

    long deliveryCount() {
        return deliveryCount;
    }
}
