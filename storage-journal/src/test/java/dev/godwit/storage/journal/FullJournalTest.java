package dev.godwit.storage.journal;

import static dev.godwit.storage.segment.Records.message;
import static dev.godwit.storage.segment.Records.removed;
import static dev.godwit.storage.segment.Records.returned;
import static dev.godwit.storage.segment.Records.stored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.segment.MemoryFileLayer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a full disk means to those who append: producers wait, consumers go on, nobody fails. */
@Timeout(60)
class FullJournalTest {
    private static final long CAPACITY_BYTES = 12L * TestJournal.SEGMENT_BYTES;

    private final MemoryFileLayer files = new MemoryFileLayer();
    private final List<Long> accepted = new ArrayList<>();
    private TestJournal journal;

    @BeforeEach
    void fillTheDisk() throws Exception {
        files.capacity(CAPACITY_BYTES);
        journal = new TestJournal(files);
        assertThat(journal.journal.isCongested()).isFalse();
        fill();
    }

    @AfterEach
    void closeJournal() {
        journal.close();
    }

    @Test
    void takesNoMessageAndNoDefinition() {
        assertThat(journal.journal.isCongested()).isTrue();
        assertThat(journal.log(1).isCongested()).isTrue();
        assertThat(journal.journal.statistics().diskFull()).isTrue();
        assertThat(journal.journal.statistics().segmentsLeft()).isPositive();
        assertThatThrownBy(() -> journal.log(1).append(message("one more")))
                .isInstanceOf(JournalFullException.class)
                .hasMessageContaining("disk is full");
        assertThatThrownBy(() -> journal.log(0).append(stored("orders", "{}")))
                .isInstanceOf(JournalFullException.class);
        assertThat(journal.failures).isEmpty();
    }

    @Test
    void confirmsWhatItHadTaken() throws Exception {
        long last = accepted.get(accepted.size() - 1);
        journal.awaitCommitted(1, last);
        journal.close();
        var next = new TestJournal(files);
        assertThat(next.readBack(1)).containsOnlyKeys(accepted);
        next.close();
    }

    @Test
    void takesMessagesAgainWhenConsumersMadeRoom() throws Exception {
        appendWhenItMay(returned(accepted.get(0), 1));
        for (int round = 0; round < 3; round++) {
            drain();
            fill();
        }
        assertThat(journal.failures).isEmpty();
    }

    @Test
    void takesMessagesAgainWhenSomebodyElseMadeRoom() {
        files.capacity(2 * CAPACITY_BYTES);
        await().atMost(Duration.ofSeconds(20)).until(() -> !journal.journal.isCongested());
        journal.store(1, message("one more"));
    }

    @Test
    void opensAgainAndDrains() throws Exception {
        journal.close();
        journal = new TestJournal(files);
        assertThat(journal.journal.statistics().diskFull()).isTrue();
        drain();
        journal.store(1, message("one more"));
    }

    /** Records in plenty that win nothing use the reserve up: they wait then, and so does nobody who closes the journal. */
    @Test
    void refusesEverythingWhenTheReserveIsUsedUpAndCanStillBeClosed() throws Exception {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100_000; i++) {
                        journal.awaitCommitted(1, journal.log(1).append(removed(9_000_000 + i)));
                    }
                })
                .isInstanceOf(JournalFullException.class)
                .hasMessageContaining("reserve is used up");
        journal.close();
        assertThat(journal.failures).isEmpty();
    }

    /** As a queue does: what makes room is offered again until it is taken. */
    private void appendWhenItMay(JournalRecord record) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .ignoreException(JournalFullException.class)
                .atMost(Duration.ofSeconds(20))
                .until(() -> journal.log(1).appendLazily(record) > 0);
    }

    private void drain() {
        for (long index : accepted) {
            appendWhenItMay(removed(index));
        }
        accepted.clear();
        await().atMost(Duration.ofSeconds(20)).until(() -> !journal.journal.isCongested());
    }

    private void fill() {
        long before = accepted.size();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    try {
                        for (int i = 0; i < 100; i++) {
                            accepted.add(journal.log(1).append(message(1_000, i)));
                        }
                        return false;
                    } catch (JournalFullException e) {
                        return journal.journal.statistics().diskFull();
                    }
                });
        assertThat(accepted.size() - before).isGreaterThan(100);
    }
}
