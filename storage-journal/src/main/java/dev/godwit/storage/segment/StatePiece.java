package dev.godwit.storage.segment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The next records of a state.
 *
 * @param last nothing follows
 * @param problem why the state cannot be read on; null when it can
 */
public record StatePiece(
        List<StateRecord> records, boolean last, @Nullable String problem) {
    public StatePiece {
        records = List.copyOf(records);
    }
}
