package dev.godwit.distribution.perf;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a run went. Immutable.
 *
 * @param confirmLatency from when a message was due until the broker answered for it
 * @param endToEndLatency from when a message was due until a consumer had it
 * @param verdict null when there was only one side
 * @param server at the end; null when the broker's process is not known
 */
public record LoadResult(
        LoadPlan plan,
        List<LoadPhase> phases,
        long sent,
        long confirmed,
        long refused,
        long inDoubt,
        long received,
        LatencyFigures confirmLatency,
        LatencyFigures endToEndLatency,
        @Nullable Verdict verdict,
        @Nullable ProcessFigures server) {
    public LoadResult {
        phases = List.copyOf(phases);
    }

    /** Nothing was lost, invented, doubled, disordered, refused or left without an answer. */
    public boolean isClean() {
        boolean consumedEnough = plan.producers() > 0 || received >= plan.count();
        return refused == 0 && inDoubt == 0 && consumedEnough && (verdict == null || verdict.isClean());
    }
}
