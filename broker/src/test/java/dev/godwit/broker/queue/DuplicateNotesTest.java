package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is written down of messages that came, so that they are known after a restart and when they have left. */
class DuplicateNotesTest extends DuplicateSends {
    @Test
    void remembersWhatIsInMemoryOnlyWhileItRuns() {
        send(withId("a", false));
        send(withId("a", false));
        assertThat(enqueued()).isEqualTo(1);
        consumeAll();
        restart(ON);
        send(withId("a", false));
        assertThat(enqueued()).isEqualTo(1);
    }

    /** Neither the message nor anything else is there that could be read but the note. */
    @Test
    void remembersOverARestartWhatHasLeft() {
        store("a");
        consumeAll();
        assertThat(bench.log.live()).isEmpty();
        restart(ON);
        store("a");
        assertThat(bench.statistics().ready()).isZero();
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
        bench.loop.advance(WINDOW_MILLIS);
        store("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void remembersOverARestartWhatIsStillHere() {
        store("a");
        store("b");
        restart(ON);
        assertThat(store("a")).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(2);
        restart(ON);
        assertThat(store("b")).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(2);
    }

    @Test
    void takesInAndGivesOutNothingBeforeItKnowsWhatCame() {
        store("a");
        store("b");
        bench.restart(ON);
        var again = send(withId("a", true));
        var fresh = send(withId("c", true));
        var taker = new ArrayList<Integer>();
        bench.loop.run(bench.log::commitAll);
        assertThat(again.heard + fresh.heard).isEmpty();
        bench.settle();
        assertThat(List.of(again.heard, fresh.heard)).containsOnly("safe");
        taker.addAll(bench.new Taker(Interest.ALL, 100).numbers);
        assertThat(taker).hasSize(3);
    }

    /** The note comes before the removal: whatever of the two the disk has, the id is known. */
    @Test
    void losesNoIdWhereverTheDiskStops() {
        for (int stop = 0; stop < 8; stop++) {
            bench = new QueueBench(1_000_000, ON);
            store("a");
            var taker = bench.new Taker(Interest.ALL, 10);
            taker.consumeAll();
            for (int i = 0; i < stop; i++) {
                bench.loop.run(bench.log::commitNext);
            }
            restart(ON);
            long here = bench.statistics().ready();
            assertThat(store("a")).isEqualTo("safe");
            assertThat(bench.statistics().ready())
                    .as("stopped after %d records", stop)
                    .isEqualTo(here);
            assertThat(here).isEqualTo(stop < 2 ? 1 : 0);
        }
    }

    @Test
    void writesFewNotesAlsoWhenMessagesLeaveOneByOne() {
        int count = 3_000;
        for (int i = 0; i < count; i++) {
            store("id " + i);
            consumeAll();
        }
        int idsMax = DuplicateNotes.UNWRITTEN_MAX;
        assertThat(bench.log.notes()).hasSizeLessThan(count / (idsMax / 2) + 12);
        long bytes = records(QueueNoted.class).stream()
                .mapToLong(note -> note.note().remaining())
                .sum();
        assertThat(bytes / count).isLessThan(32L * 12);
        restart(ON);
        assertThat(bench.queue.duplicates().size()).isEqualTo(count);
        for (int i = 0; i < count; i += 97) {
            store("id " + i);
        }
        assertThat(enqueued()).isZero();
    }

    @Test
    void readsAtAStartOnlyMessagesThatAreNotWrittenDown() {
        for (int i = 0; i < 2_000; i++) {
            store("id " + i);
        }
        restart(ON);
        assertThat(bench.log.messagesRead).isLessThan(DuplicateNotes.UNWRITTEN_MAX);
        assertThat(bench.queue.duplicates().size()).isEqualTo(2_000);
    }

    @Test
    void readsAtAStartOnlyNumbersThatAreNotWrittenDown() {
        for (long number = 0; number < 2_000; number++) {
            store(numbered("p", number));
        }
        assertThat(bench.log.notes()).hasSizeLessThan(3);
        restart(ON);
        assertThat(bench.log.messagesRead).isLessThan(DuplicateNotes.UNWRITTEN_MAX);
        store(numbered("p", 0L));
        store(numbered("p", 1_999L));
        assertThat(bench.statistics().duplicates()).isEqualTo(2);
    }

    @Test
    void writesMuchInSeveralNotes() {
        int count = DuplicateNotes.NOTE_MAX + DuplicateNotes.NOTE_MAX / 2;
        var hanging = new Work();
        hanging.post(withId("late", true));
        for (int i = 0; i < count; i++) {
            store(numbered("p" + i, 1L));
        }
        restart(ON);
        assertThat(bench.log.messagesRead).isGreaterThanOrEqualTo(count);
        consumeAll();
        assertThat(bench.log.live()).isEmpty();
        int producerBytes = 44;
        assertThat(bench.log.notes().values())
                .allSatisfy(note ->
                        assertThat(note.note().remaining()).isLessThan((DuplicateNotes.NOTE_MAX + 1) * producerBytes));
        restart(ON);
        assertThat(bench.queue.duplicates().size()).isEqualTo(count);
        for (int i = 0; i < count; i++) {
            store(numbered("p" + i, 1L));
        }
        assertThat(bench.statistics().ready()).isZero();
    }

    @Test
    void writesNothingDownOfAProducerThatIsForgotten() {
        store(numbered("old", 1L));
        bench.loop.advance(WINDOW_MILLIS);
        store(numbered("new", 1L));
        consumeAll();
        var written = new HashSet<Object>();
        bench.log.notes().forEach((index, record) -> DuplicateNoteCodec.decode(index, record.note())
                .producers()
                .forEach(each -> written.add(each.key())));
        assertThat(written).hasSize(1);
    }

    @Test
    void leavesNothingWaitingWhenItEnds() {
        store("a");
        assertThat(bench.loop.timersWaiting()).isEqualTo(1);
        apply(ON.with(AddressSetting.DUPLICATE_WINDOW, 2 * WINDOW_MILLIS));
        assertThat(bench.loop.timersWaiting()).isEqualTo(1);
        apply(OFF);
        assertThat(bench.loop.timersWaiting()).isZero();
        apply(ON);
        store("b");
        bench.loop.run(bench.queue::delete);
        bench.settle();
        assertThat(bench.loop.timersWaiting()).isZero();
    }

    @Test
    void keepsNothingOfAQueueThatIsDeleted() {
        store("a");
        consumeAll();
        store("b");
        bench.loop.run(bench.queue::delete);
        bench.settle();
        assertThat(bench.log.notes()).isEmpty();
        assertThat(bench.log.live()).isEmpty();
    }

    @Test
    void removesItsNotesWhenItIsSwitchedOffAtAStart() {
        store("a");
        consumeAll();
        restart(OFF);
        assertThat(bench.log.notes()).isEmpty();
        store("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }
}
