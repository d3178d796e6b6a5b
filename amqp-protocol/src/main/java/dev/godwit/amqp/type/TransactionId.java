package dev.godwit.amqp.type;

import java.util.Arrays;
import java.util.HexFormat;

/** The name a coordinator gave to a transaction: up to 32 bytes (AMQP 1.0 §4.5.4). */
public final class TransactionId {
    private final byte[] bytes;

    public TransactionId(byte[] bytes) {
        this.bytes = bytes.clone();
    }

    public byte[] toBytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TransactionId that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
