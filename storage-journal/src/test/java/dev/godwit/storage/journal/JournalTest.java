package dev.godwit.storage.journal;

import static dev.godwit.storage.segment.Records.message;
import static dev.godwit.storage.segment.Records.removed;
import static dev.godwit.storage.segment.Records.stored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.segment.MemoryFileLayer;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JournalTest {
    private final MemoryFileLayer files = new MemoryFileLayer();

    @Test
    void replaysWhatWasAppendedUnderTheSameIndices() throws Exception {
        var orders = stored("orders", "{}");
        var first = message("first");
        var second = message("second");
        var returned = new JournalRecord.MessageReturned(7, 2, 3);
        var dropped = new JournalRecord.DefinitionRemoved("queue", "orders");
        try (var journal = new TestJournal(files)) {
            assertThat(journal.report.facts()).isZero();
            journal.log(0).append(orders);
            assertThat(journal.log(1).append(first)).isEqualTo(2);
            assertThat(journal.log(1).append(second)).isEqualTo(3);
            journal.log(1).append(returned);
            journal.store(1, removed(3));
            journal.store(0, dropped);
        }
        try (var journal = new TestJournal(files)) {
            assertThat(journal.replay(0).records()).isEmpty();
            assertThat(journal.readBack(1)).containsExactly(Map.entry(2L, first));
            assertThat(journal.replay(1).deliveryCounts()).containsExactly(Map.entry(2L, 3));
            assertThat(journal.report.facts()).isEqualTo(1);
        }
    }

    @Test
    void goesOnWithTheNextIndexAndTheNextEpoch() throws Exception {
        try (var journal = new TestJournal(files)) {
            assertThat(journal.store(1, message("a"))).isEqualTo(2);
            assertThat(journal.log(1).epoch()).isEqualTo(1);
        }
        try (var journal = new TestJournal(files)) {
            assertThat(journal.log(1).epoch()).isEqualTo(2);
            assertThat(journal.log(1).lastIndex()).isEqualTo(3);
            assertThat(journal.store(1, message("b"))).isEqualTo(4);
        }
    }

    @Test
    void confirmsOnClose() throws Exception {
        var journal = new TestJournal(files);
        long last = journal.log(1).appendLazily(message("lazy"));
        journal.close();
        assertThat(journal.told(1).committed).isEqualTo(last);
        assertThatThrownBy(() -> journal.log(1).append(message("late"))).hasMessageContaining("closed");
    }

    @Test
    void refusesAShardThatTheNodeDoesNotKnow() throws Exception {
        try (var journal = new TestJournal(files)) {
            journal.store(3, message("a"));
        }
        try (var journal = Journal.open(TestJournal.configuration(), failure -> {}, files)) {
            assertThatThrownBy(() -> journal.recover(shard -> null)).hasMessageContaining("shard 3");
        }
    }
}
