package dev.godwit.storage.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WritesUnderWayTest {
    private final WritesUnderWay writes = new WritesUnderWay();

    @Test
    void countsAWriteWhenAllBeforeItAreThereWhereverTheyGo() {
        assertThat(writes.durableSequence()).isZero();
        writes.onPromise(1);
        writes.onLogWrite(2);
        writes.onLogWrite(3);
        writes.onPromise(4);
        writes.onLogWrite(5);
        assertThat(writes.durableSequence()).isZero();
        writes.onLogSynced(3);
        assertThat(writes.durableSequence()).isZero();
        writes.onPromisesKept(1);
        assertThat(writes.durableSequence()).isEqualTo(3);
        writes.onLogSynced(5);
        assertThat(writes.durableSequence()).isEqualTo(3);
        writes.onPromisesKept(4);
        assertThat(writes.durableSequence()).isEqualTo(5);
        writes.onPromise(6);
        assertThat(writes.durableSequence()).isEqualTo(5);
    }
}
