package dev.godwit.storage.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.replication.History.CommitAsked;
import dev.godwit.storage.replication.History.CommitConfirmed;
import dev.godwit.storage.replication.History.Delivered;
import dev.godwit.storage.replication.History.Event;
import dev.godwit.storage.replication.History.SendConfirmed;
import dev.godwit.storage.replication.History.Sent;
import dev.godwit.storage.replication.History.SettleConfirmed;
import dev.godwit.storage.replication.History.Settled;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The checker itself: it is fed bad histories, and good ones. */
class HistoryCheckerTest {
    private static List<String> check(Event... events) {
        History history = new History();
        List.of(events).forEach(history::add);
        return HistoryChecker.check(history, true);
    }

    private static Event[] all(Object... parts) {
        return Stream.of(parts)
                .flatMap(part -> part instanceof Event[] events ? Stream.of(events) : Stream.of((Event) part))
                .toArray(Event[]::new);
    }

    private static Event[] sent(int message) {
        return all(new Sent(1, message), new SendConfirmed(message));
    }

    private static Event[] consumed(int message) {
        return all(new Delivered(message), new Settled(message), new SettleConfirmed(message));
    }

    private static Event[] committed(int transaction, List<Integer> posted, List<Integer> retired) {
        return all(new CommitAsked(transaction, posted, retired), new CommitConfirmed(transaction));
    }

    static Stream<Arguments> badHistories() {
        return Stream.of(
                Arguments.of("G1/G2", "a confirmed message that nobody was given", sent(1)),
                Arguments.of(
                        "G1", "one that was given out, never settled, and is gone", all(sent(1), new Delivered(1))),
                Arguments.of("G3", "an order turned round", all(sent(1), sent(2), consumed(2), consumed(1))),
                Arguments.of("G4", "a settled message again", all(sent(1), consumed(1), new Delivered(1))),
                Arguments.of(
                        "G4",
                        "a message again that a transaction took",
                        all(
                                sent(1),
                                new Delivered(1),
                                committed(7, List.of(2), List.of(1)),
                                consumed(2),
                                new Delivered(1))),
                Arguments.of("G5", "a committed transaction that never was", committed(7, List.of(1), List.of())),
                Arguments.of(
                        "G5", "half a transaction", all(new CommitAsked(7, List.of(1, 2), List.of()), consumed(1))),
                Arguments.of(
                        "G5",
                        "what a transaction posted, and what it took, too",
                        all(
                                sent(1),
                                new Delivered(1),
                                new CommitAsked(7, List.of(2), List.of(1)),
                                consumed(2),
                                consumed(1))),
                Arguments.of(
                        "G5",
                        "neither what a transaction posted nor what it took",
                        all(sent(1), new Delivered(1), new CommitAsked(7, List.of(2), List.of(1)))),
                Arguments.of("G6", "a message that nobody sent", consumed(1)),
                Arguments.of(
                        "G6",
                        "a posted message before its commit",
                        all(consumed(1), committed(7, List.of(1), List.of()))));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("badHistories")
    void catches(String promise, String what, Event[] events) {
        assertThat(check(events)).as(what).isNotEmpty().anyMatch(violation -> violation.startsWith(promise + ':'));
    }

    @Test
    void findsNothingWrongWithGoodOnes() {
        assertThat(check(all(sent(1), sent(2), consumed(1), consumed(2)))).isEmpty();
        assertThat(check(all(sent(1), new Delivered(1), consumed(1))))
                .as("given out again, as nobody had settled it")
                .isEmpty();
        assertThat(check(new Sent(1, 1))).as("never confirmed").isEmpty();
        assertThat(check(all(sent(1), new Delivered(1), new Settled(1))))
                .as("settled, in doubt, gone")
                .isEmpty();
        assertThat(check(all(
                        sent(1), new Delivered(1), committed(7, List.of(2, 3), List.of(1)), consumed(3), consumed(2))))
                .isEmpty();
        assertThat(check(all(sent(1), new Delivered(1), new CommitAsked(7, List.of(2), List.of(1)), consumed(1))))
                .as("a commit in doubt that never was")
                .isEmpty();
        assertThat(check(all(sent(1), sent(2), consumed(1), new Delivered(2), new Delivered(2), consumed(2))))
                .isEmpty();
    }
}
