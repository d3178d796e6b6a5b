package dev.godwit.distribution.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {
    private final SentSequences sent = confirmed(10);
    private final ReceivedSequences left = new ReceivedSequences(1);
    private final ReceivedSequences right = new ReceivedSequences(1);

    @Test
    void isCleanWhenConsumersShareAllMessagesInOrder() {
        receive(left, 0, 2, 4, 6, 8);
        receive(right, 1, 3, 5, 7, 9);
        assertThat(shared()).isEqualTo(new Verdict(0, 0, 0, 0, 0, 0));
        assertThat(shared().isClean()).isTrue();
    }

    @Test
    void missesWhatWasConfirmedAndDidNotCome() {
        receive(left, 0, 1, 2, 3, 5, 6, 8, 9);
        assertThat(shared().lost()).isEqualTo(2);
        assertThat(shared().isClean()).isFalse();
    }

    @Test
    void missesNothingThatWasRefusedOrInDoubt() {
        sent.onRefused(sent.next());
        sent.next();
        receive(left, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(shared().isClean()).isTrue();
        assertThat(sent.inDoubt()).isEqualTo(1);
    }

    @Test
    void countsADuplicateAtOneConsumerAndBetweenTwo() {
        receive(left, 0, 1, 2, 3, 4, 4);
        receive(right, 4, 5, 6, 7, 8, 9);
        assertThat(shared().duplicates()).isEqualTo(2);
        assertThat(shared().lost()).isZero();
        assertThat(shared().isClean()).isFalse();
    }

    @Test
    void countsFirstDeliveriesThatComeLate() {
        receive(left, 0, 1, 3, 2, 4, 5, 6, 7, 9, 8);
        assertThat(shared()).isEqualTo(new Verdict(0, 0, 2, 0, 0, 0));
        assertThat(shared().isClean()).isFalse();
    }

    @Test
    void leavesRedeliveriesOutOfTheOrder() {
        receive(left, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        left.onReceived(0, 0, true);
        assertThat(shared()).isEqualTo(new Verdict(0, 0, 0, 0, 1, 0));
        assertThat(shared().isClean()).isTrue();
    }

    @Test
    void countsWhatWasNeverSentAndWhatWasRefused() {
        sent.onRefused(sent.next());
        receive(left, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        assertThat(shared().phantoms()).isEqualTo(2);
        assertThat(shared().isClean()).isFalse();
    }

    @Test
    void doesNotMindWhatOthersLeft() {
        receive(left, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        left.onForeign();
        assertThat(shared()).isEqualTo(new Verdict(0, 0, 0, 0, 0, 1));
        assertThat(shared().isClean()).isTrue();
    }

    @Test
    void wantsEverythingAtEachSubscriber() {
        receive(left, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        receive(right, 0, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(Verdict.of(List.of(sent), List.of(left, right), true)).isEqualTo(new Verdict(1, 0, 0, 0, 0, 0));
    }

    @Test
    void keepsProducersApart() {
        var both = new ReceivedSequences(2);
        for (int i = 0; i < 10; i++) {
            both.onReceived(1, i, false);
        }
        for (int i = 0; i < 9; i++) {
            both.onReceived(0, i, false);
        }
        var verdict = Verdict.of(List.of(sent, confirmed(10)), List.of(both), false);
        assertThat(verdict).isEqualTo(new Verdict(1, 0, 0, 0, 0, 0));
    }

    private Verdict shared() {
        return Verdict.of(List.of(sent), List.of(left, right), false);
    }

    private static SentSequences confirmed(int count) {
        var sequences = new SentSequences();
        for (int i = 0; i < count; i++) {
            sequences.onConfirmed(sequences.next());
        }
        return sequences;
    }

    private static void receive(ReceivedSequences consumer, long... numbers) {
        for (long number : numbers) {
            consumer.onReceived(0, number, false);
        }
    }
}
