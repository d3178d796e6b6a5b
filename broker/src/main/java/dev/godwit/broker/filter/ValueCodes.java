package dev.godwit.broker.filter;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** The few bits of a value that a {@link CodeBlock} holds. They are written to the disk: they stay as they are. Stateless. */
final class ValueCodes {
    private static final int TRUE_SEED = 0x7A3D_91C5;
    private static final int FALSE_SEED = 0x1B56_C4E9;
    private static final int NUMBER_SEED = 0x58A1_2F37;

    /** Below this a double tells whole numbers apart, and more. */
    static final double WHOLE_MAX = 1L << 52;

    private ValueCodes() {}

    /**
     * Values that a selector calls equal have the same: a number counts as the double that is next to it.
     *
     * @param value a Boolean, String, Long, Double or BigDecimal; null for none
     */
    static int hash(@Nullable Object value) {
        if (value == null) {
            return CodeBlock.NONE;
        }
        int hash;
        if (value instanceof Number number) {
            hash = mix(Double.hashCode(number.doubleValue() + 0.0) ^ NUMBER_SEED);
        } else if (value instanceof Boolean truth) {
            hash = mix(truth ? TRUE_SEED : FALSE_SEED);
        } else {
            hash = mix(value.toString().hashCode());
        }
        return hash == CodeBlock.NONE || hash == CodeBlock.UNKNOWN ? ~hash : hash;
    }

    /** Every bit of the outcome hangs on every bit that came in, and no two come to the same. */
    private static int mix(int bits) {
        int mixed = bits;
        mixed = (mixed ^ mixed >>> 16) * 0x85EB_CA6B;
        mixed = (mixed ^ mixed >>> 13) * 0xC2B2_AE35;
        return mixed ^ mixed >>> 16;
    }

    /**
     * Of two numbers the larger one never has the lower one. An even order belongs to one number alone, an odd one to all
     * between two that a float can tell apart. {@link CodeBlock#NO_NUMBER} for what is no number, and for NaN.
     */
    static int order(@Nullable Object value) {
        if (!(value instanceof Number number)) {
            return CodeBlock.NO_NUMBER;
        }
        double near = number.doubleValue() + 0.0;
        if (Double.isNaN(near)) {
            return CodeBlock.NO_NUMBER;
        }
        int side = compare(number, near);
        double below = side < 0 ? Math.nextDown(near) : near;
        float floor = (float) below;
        if (floor > below) {
            floor = Math.nextDown(floor);
        }
        int bits = Float.floatToIntBits(floor);
        int rank = bits >= 0 ? bits : -(bits & Integer.MAX_VALUE);
        return side == 0 && floor == near ? rank : rank | 1;
    }

    /** Whether a number is less than the double next to it, or more. */
    private static int compare(Number number, double near) {
        if (number instanceof Double || (number instanceof Long && Math.abs(near) < WHOLE_MAX)) {
            return 0;
        }
        if (Double.isInfinite(near)) {
            return near > 0 ? -1 : 1;
        }
        var exact = number instanceof BigDecimal decimal ? decimal : BigDecimal.valueOf(number.longValue());
        return exact.compareTo(new BigDecimal(near));
    }
}
