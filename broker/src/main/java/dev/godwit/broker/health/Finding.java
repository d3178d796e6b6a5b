package dev.godwit.broker.health;

import java.util.List;

/**
 * The answer to one question. Immutable.
 *
 * @param good the answer is yes
 * @param reasons why, for a person to read; a no has at least one
 */
public record Finding(boolean good, List<String> reasons) {
    public Finding {
        reasons = List.copyOf(reasons);
        if (!good && reasons.isEmpty()) {
            throw new IllegalArgumentException("a no without a reason");
        }
    }

    /** No, if anything speaks against it. */
    static Finding unless(List<String> objections) {
        return new Finding(objections.isEmpty(), objections);
    }
}
