package dev.godwit.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.cluster.HintTable.Outcome;
import org.junit.jupiter.api.Test;

class HintTableTest {
    private final HintTable table = new HintTable();

    private static Hint hint(long epoch, long index) {
        return new Hint(new HintStamp(epoch, index), new byte[] {(byte) epoch, (byte) index});
    }

    @Test
    void keepsTheNewestByEpochAndThenByIndex() {
        assertThat(table.offer("leader/3", hint(2, 10))).isEqualTo(Outcome.TAKEN);
        assertThat(table.offer("leader/3", hint(2, 10))).isEqualTo(Outcome.KNOWN);
        assertThat(table.offer("leader/3", hint(2, 9))).isEqualTo(Outcome.OLDER);
        assertThat(table.offer("leader/3", hint(1, 99))).isEqualTo(Outcome.OLDER);
        assertThat(table.get("leader/3")).isEqualTo(hint(2, 10));
        assertThat(table.offer("leader/3", hint(3, 1))).isEqualTo(Outcome.TAKEN);
        assertThat(table.get("leader/3")).isEqualTo(hint(3, 1));
        assertThat(table.get("leader/4")).isNull();
    }

    @Test
    void holdsABoundedNumber() {
        int taken = 0;
        while (table.offer("key-" + taken, hint(1, 1)) == Outcome.TAKEN) {
            taken++;
        }
        assertThat(taken).isEqualTo(10_000);
        assertThat(table.offer("key-1", hint(1, 2))).isEqualTo(Outcome.TAKEN);
        assertThat(new HintTable().offer("k".repeat(1_025), hint(1, 1))).isEqualTo(Outcome.REFUSED);
    }
}
