package dev.godwit.broker.cluster;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The newest hint of each key that has come to this node. Owned by the control loop. */
public final class HintTable {
    /** What is done with a hint. */
    public enum Outcome {
        /** It is the newest. */
        TAKEN,
        /** It is known. */
        KNOWN,
        /** Something newer is known, which whoever sent it should hear of. */
        OLDER,
        /** There is no room for more keys, or this is none. */
        REFUSED
    }

    private static final int KEYS_MAX = 10_000;
    private static final int KEY_LENGTH_MAX = 1_024;

    private final Map<String, Hint> newest = new HashMap<>();

    /** Takes it, if it is newer than what is there. */
    public Outcome offer(String key, Hint hint) {
        Hint before = newest.get(key);
        if (before == null && (newest.size() >= KEYS_MAX || key.length() > KEY_LENGTH_MAX)) {
            return Outcome.REFUSED;
        }
        if (before == null || hint.isNewerThan(before)) {
            newest.put(key, hint);
            return Outcome.TAKEN;
        }
        return before.isNewerThan(hint) ? Outcome.OLDER : Outcome.KNOWN;
    }

    /** The newest; null for none. */
    public @Nullable Hint get(String key) {
        return newest.get(key);
    }

    /** All of them. */
    public Map<String, Hint> all() {
        return Map.copyOf(newest);
    }
}
