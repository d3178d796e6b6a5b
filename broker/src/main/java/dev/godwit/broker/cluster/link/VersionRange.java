package dev.godwit.broker.cluster.link;

/**
 * The versions of the protocol that an end speaks, both included. A release speaks the version before its newest one, too, so
 * that nodes can be replaced one after the other.
 */
record VersionRange(int min, int max) {
    /** What this release speaks. There has been one version so far. */
    static final VersionRange OURS = new VersionRange(1, 1);

    /** What {@link #common} answers where there is none. */
    static final int NONE = 0;

    private static final int VERSION_MAX = 255;

    VersionRange {
        if (min < 1 || max < min || max > VERSION_MAX) {
            throw new IllegalArgumentException("no versions: " + min + " to " + max);
        }
    }

    /** The newest that both speak, or {@link #NONE}. */
    int common(VersionRange other) {
        int newest = Math.min(max, other.max);
        return newest >= Math.max(min, other.min) ? newest : NONE;
    }

    boolean contains(int version) {
        return version >= min && version <= max;
    }

    @Override
    public String toString() {
        return min == max ? String.valueOf(min) : min + " to " + max;
    }
}
