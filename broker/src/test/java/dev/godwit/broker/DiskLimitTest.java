package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DiskLimitTest {
    private static final long MIB = 1 << 20;

    private final AtomicLong live = new AtomicLong();

    @Test
    void closesAboveTheLimitAndOpensWhenThereIsSomeRoom() {
        try (var limit = new DiskLimit(live::get, 100 * MIB, 0)) {
            live.set(100 * MIB);
            assertThat(limit.isReached()).isFalse();
            live.set(100 * MIB + 1);
            assertThat(limit.isReached()).isTrue();
            live.set(96 * MIB);
            assertThat(limit.isReached()).isTrue();
            live.set(95 * MIB);
            assertThat(limit.isReached()).isFalse();
            live.set(99 * MIB);
            assertThat(limit.isReached()).isFalse();
        }
    }

    @Test
    void closesBelowTheFloorAndOpensWhenThereIsMore() {
        try (var limit = new DiskLimit(live::get, 0, 100 * MIB)) {
            live.set(Long.MAX_VALUE);
            limit.onFree(100 * MIB);
            assertThat(limit.isReached()).isFalse();
            limit.onFree(100 * MIB - 1);
            assertThat(limit.isReached()).isTrue();
            limit.onFree(104 * MIB);
            assertThat(limit.isReached()).isTrue();
            limit.onFree(105 * MIB);
            assertThat(limit.isReached()).isFalse();
        }
    }

    @Test
    void looksItselfHowMuchIsFree() {
        var free = new AtomicLong();
        try (var limit = new DiskLimit(live::get, 0, 100 * MIB)) {
            limit.watch(free::get);
            assertThat(limit.isReached()).as("from the beginning").isTrue();
            free.set(200 * MIB);
            await().until(() -> !limit.isReached());
        }
    }

    @Test
    void limitsNothingIfNotAsked() {
        try (var limit = new DiskLimit(() -> Long.MAX_VALUE, 0, 0)) {
            limit.watch(() -> 0);
            assertThat(limit.isReached()).isFalse();
        }
    }
}
