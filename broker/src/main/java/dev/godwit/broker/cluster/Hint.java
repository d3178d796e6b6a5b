package dev.godwit.broker.cluster;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A copy of something that a log says, with the place in the log. Immutable. */
public final class Hint {
    public static final int VALUE_BYTES_MAX = 64 << 10;

    private final HintStamp stamp;
    private final byte[] value;

    /**
     * @param value up to {@value #VALUE_BYTES_MAX} bytes, that only who asks for the hint understands
     * @throws IllegalArgumentException when there are more
     */
    public Hint(HintStamp stamp, byte[] value) {
        if (value.length > VALUE_BYTES_MAX) {
            throw new IllegalArgumentException("a hint of " + value.length + " bytes");
        }
        this.stamp = stamp;
        this.value = value.clone();
    }

    public HintStamp stamp() {
        return stamp;
    }

    public byte[] value() {
        return value.clone();
    }

    public boolean isNewerThan(Hint other) {
        return stamp.compareTo(other.stamp) > 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Hint hint && stamp.equals(hint.stamp) && Arrays.equals(value, hint.value);
    }

    @Override
    public int hashCode() {
        return 31 * stamp.hashCode() + Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return "Hint[" + stamp + ", " + value.length + " bytes]";
    }
}
