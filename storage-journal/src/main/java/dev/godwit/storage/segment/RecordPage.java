package dev.godwit.storage.segment;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * 512 neighbouring indices of a shard's {@link RecordPages}: where the live ones of their records lie, and what a start must know of
 * them. Owned as those are; one that is part of a snapshot is not changed any more.
 */
final class RecordPage {
    final long[] locations = new long[RecordPages.PAGE_ENTRIES];
    long number;
    int used;
    long owner;
    private long @Nullable [] owners;
    int attributes;
    private short @Nullable [] attributesEach;
    private long @Nullable [] expiries;
    private long @Nullable [] notBefores;
    private long @Nullable [] shares;

    /** Of how many snapshots it is none. */
    long sinceSnapshot;

    long number() {
        return number;
    }

    /** Records in it, at least 1. */
    int used() {
        return used;
    }

    long firstIndex() {
        return number << RecordPages.PAGE_SHIFT;
    }

    static int entryOf(long index) {
        return (int) (index & (RecordPages.PAGE_ENTRIES - 1));
    }

    /** The queue of a message, the negated queue of a part of a message, else {@link RecordPages#NO_QUEUE}. */
    long owner(int entry) {
        long[] each = owners;
        return each == null ? owner : each[entry];
    }

    int attributes(int entry) {
        short[] each = attributesEach;
        return each == null ? attributes : Short.toUnsignedInt(each[entry]);
    }

    long expiryTimeMillis(int entry) {
        long[] each = expiries;
        return each == null ? RecordPages.NO_EXPIRY : each[entry];
    }

    long notBeforeMillis(int entry) {
        long[] each = notBefores;
        return each == null ? RecordPages.AT_ONCE : each[entry];
    }

    /**
     * Of a message that has a shared body: by how much the body's index is less than its own. Of such a body: how many
     * need it. Of all others 0.
     */
    long share(int entry) {
        long[] each = shares;
        return each == null ? 0 : each[entry];
    }

    /** True when all belong to {@link #owner} of any entry. */
    boolean isOfOneOwner() {
        return owners == null;
    }

    /** True when all have the same attributes. */
    boolean isOfOneKind() {
        return attributesEach == null;
    }

    /** True when no record in it expires. */
    boolean isWithoutExpiry() {
        return expiries == null;
    }

    /** True when no record in it waits for a time. */
    boolean isAllAtOnce() {
        return notBefores == null;
    }

    /** True when no record in it shares a body, or is one. */
    boolean isWithoutShares() {
        return shares == null;
    }

    RecordPage copy() {
        var copy = new RecordPage();
        System.arraycopy(locations, 0, copy.locations, 0, RecordPages.PAGE_ENTRIES);
        copy.number = number;
        copy.used = used;
        copy.owner = owner;
        copy.owners = owners == null ? null : owners.clone();
        copy.attributes = attributes;
        copy.attributesEach = attributesEach == null ? null : attributesEach.clone();
        copy.expiries = expiries == null ? null : expiries.clone();
        copy.notBefores = notBefores == null ? null : notBefores.clone();
        copy.shares = shares == null ? null : shares.clone();
        return copy;
    }

    void describe(int entry, long newOwner, int newAttributes, long newExpiry, long newNotBefore) {
        if (used == 0) {
            owner = newOwner;
            owners = null;
            attributes = newAttributes;
            attributesEach = null;
            expiries = null;
            notBefores = null;
            shares = null;
        }
        describeOwner(entry, newOwner);
        describeAttributes(entry, newAttributes);
        describeExpiry(entry, newExpiry);
        describeNotBefore(entry, newNotBefore);
        describeShare(entry, 0);
    }

    void describeOwner(int entry, long newOwner) {
        long[] each = owners;
        if (each == null) {
            if (newOwner == owner) {
                return;
            }
            each = new long[RecordPages.PAGE_ENTRIES];
            Arrays.fill(each, owner);
            owners = each;
        }
        each[entry] = newOwner;
    }

    void describeAttributes(int entry, int newAttributes) {
        short[] each = attributesEach;
        if (each == null) {
            if (newAttributes == attributes) {
                return;
            }
            each = new short[RecordPages.PAGE_ENTRIES];
            Arrays.fill(each, (short) attributes);
            attributesEach = each;
        }
        each[entry] = (short) newAttributes;
    }

    void describeExpiry(int entry, long newExpiry) {
        long[] each = expiries;
        if (each == null) {
            if (newExpiry == RecordPages.NO_EXPIRY) {
                return;
            }
            each = new long[RecordPages.PAGE_ENTRIES];
            Arrays.fill(each, RecordPages.NO_EXPIRY);
            expiries = each;
        }
        each[entry] = newExpiry;
    }

    void describeNotBefore(int entry, long newNotBefore) {
        long[] each = notBefores;
        if (each == null) {
            if (newNotBefore == RecordPages.AT_ONCE) {
                return;
            }
            each = new long[RecordPages.PAGE_ENTRIES];
            notBefores = each;
        }
        each[entry] = newNotBefore;
    }

    void describeShare(int entry, long newShare) {
        long[] each = shares;
        if (each == null) {
            if (newShare == 0) {
                return;
            }
            each = new long[RecordPages.PAGE_ENTRIES];
            shares = each;
        }
        each[entry] = newShare;
    }
}
