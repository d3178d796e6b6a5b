package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.replication.ReplicaId;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FollowerPaceTest {
    private static final long NOBODY = Long.MAX_VALUE;
    private static final ReplicaId B = new ReplicaId("b", new UUID(0, 2));
    private static final ReplicaId C = new ReplicaId("c", new UUID(0, 3));

    private final FollowerPace pace = new FollowerPace();

    @Test
    void waitsForWhoGetsOnHoweverSlowlyAndNotForWhoStandsStill() {
        assertThat(pace.slowest(Map.of(B, 50L, C, 10L), 1_000)).isEqualTo(10);
        assertThat(pace.slowest(Map.of(B, 60L, C, 10L), 10_999)).isEqualTo(10);
        assertThat(pace.slowest(Map.of(B, 60L, C, 10L), 11_000)).isEqualTo(60);
        assertThat(pace.slowest(Map.of(B, 60L, C, 11L), 12_000)).isEqualTo(11);
        assertThat(pace.slowest(Map.of(B, 60L, C, 12L), 21_999)).isEqualTo(12);
        assertThat(pace.slowest(Map.of(B, 60L, C, 12L), 40_000)).isEqualTo(NOBODY);
    }

    /** Who was started again has said nothing yet of what it has. */
    @Test
    void givesTimeToWhoBeginsAgainAndToWhoIsNew() {
        assertThat(pace.slowest(Map.of(), 0)).isEqualTo(NOBODY);
        assertThat(pace.slowest(Map.of(B, 50L), 20_000)).isEqualTo(50);
        assertThat(pace.slowest(Map.of(B, 0L), 30_000)).isZero();
        assertThat(pace.slowest(Map.of(B, 0L), 40_000)).isEqualTo(NOBODY);
        assertThat(pace.slowest(Map.of(B, 0L, C, 7L), 40_000)).isEqualTo(7);
        pace.reset();
        assertThat(pace.slowest(Map.of(B, 0L), 40_000)).isZero();
    }
}
