package dev.godwit.amqp.transport;

import org.jspecify.annotations.Nullable;

/**
 * Lays out transfer frames up to their payload (AMQP 1.0 §2.3.1, §2.7.5). Owned by one event loop and shared by its
 * connections: between two frames it keeps nothing of any of them.
 *
 * <p>Every frame says everything, as some receivers want it, and leaves out only what is false or null behind its last
 * field that is not.
 */
final class TransferEncoder {
    /** All but the state: the frame's header, the list's, and the fields at their longest. */
    private static final int PLAIN_BYTES_MAX =
            FrameReader.HEADER_BYTES + 12 + 5 + 5 + 2 + DeliveryTags.BYTES_MAX + 1 + 1 + 1 + 1 + 1 + 1;

    /** With a longer state the list needs its long form. */
    private static final int SHORT_LIST_STATE_MAX = 190;

    private static final byte NULL = 0x40;
    private static final byte TRUE = 0x41;
    private static final byte FALSE = 0x42;
    private static final byte UINT_0 = 0x43;

    private byte[] bytes = new byte[256];
    private int length;
    private int moreAt;

    /** So many bytes a frame takes with such a state, without its payload, at most. */
    static int bytesMax(byte @Nullable [] state) {
        return PLAIN_BYTES_MAX + (state == null ? 0 : state.length);
    }

    /**
     * Lays out a frame, and then {@link #finish} must be called.
     *
     * @param state as it is encoded; null for none
     * @return how many bytes it takes without its payload
     */
    int begin(
            int channel,
            int handle,
            SentDelivery delivery,
            byte @Nullable [] state,
            boolean settled,
            boolean resume,
            boolean aborted) {
        int most = bytesMax(state);
        if (bytes.length < most) {
            bytes = new byte[most];
        }
        bytes[4] = 2;
        bytes[5] = 0;
        bytes[6] = (byte) (channel >>> 8);
        bytes[7] = (byte) channel;
        bytes[8] = 0;
        bytes[9] = 0x53;
        bytes[10] = 0x14;
        boolean isShort = state == null || state.length <= SHORT_LIST_STATE_MAX;
        int fields = aborted ? 10 : resume ? 9 : state != null ? 8 : 6;
        length = isShort ? 14 : 20;
        uint(handle);
        uint(delivery.id());
        bytes[length] = (byte) 0xa0;
        int tagBytes = delivery.writeTag(bytes, length + 2);
        bytes[length + 1] = (byte) tagBytes;
        length += 2 + tagBytes;
        bytes[length++] = UINT_0;
        bytes[length++] = settled ? TRUE : FALSE;
        moreAt = length++;
        if (fields > 6) {
            bytes[length++] = NULL;
            state(state);
        }
        if (fields > 8) {
            bytes[length++] = resume ? TRUE : FALSE;
        }
        if (fields > 9) {
            bytes[length++] = TRUE;
        }
        list(isShort, fields);
        return length;
    }

    private void uint(int value) {
        if (value == 0) {
            bytes[length++] = UINT_0;
        } else if (value >>> 8 == 0) {
            bytes[length++] = 0x52;
            bytes[length++] = (byte) value;
        } else {
            bytes[length] = 0x70;
            putInt(length + 1, value);
            length += 5;
        }
    }

    private void state(byte @Nullable [] state) {
        if (state == null) {
            bytes[length++] = NULL;
        } else {
            System.arraycopy(state, 0, bytes, length, state.length);
            length += state.length;
        }
    }

    /** The constructor of the list, its size behind the size field, and the number of its fields. */
    private void list(boolean isShort, int fields) {
        if (isShort) {
            bytes[11] = (byte) 0xc0;
            bytes[12] = (byte) (length - 13);
            bytes[13] = (byte) fields;
        } else {
            bytes[11] = (byte) 0xd0;
            putInt(12, length - 16);
            putInt(16, fields);
        }
    }

    private void putInt(int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    /**
     * The frame that was begun will have so much payload.
     *
     * @param more another frame of its delivery follows
     * @return its bytes up to the payload, good until the next frame is begun
     */
    byte[] finish(int payloadBytes, boolean more) {
        bytes[moreAt] = more ? TRUE : FALSE;
        putInt(0, length + payloadBytes);
        return bytes;
    }
}
