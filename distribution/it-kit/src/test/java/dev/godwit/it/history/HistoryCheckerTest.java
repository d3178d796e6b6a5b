package dev.godwit.it.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.history.History.Event;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A checker that overlooks something proves nothing: it is given bad histories here. */
final class HistoryCheckerTest {
    private static final String SCOPE = "q";

    private final List<Event> events = new ArrayList<>();

    @Test
    void findsNothingWrongWithASoundHistory() {
        send(0, 1);
        send(0, 2);
        deliver(0, 1);
        settle(0, 1);
        deliver(0, 2);

        var verdict = HistoryChecker.check(events);

        assertThat(verdict.isSound()).isTrue();
        assertThat(verdict.toString())
                .isEqualTo("sent=2 confirmed=2 delivered=2 settled-and-confirmed=1 lost=0 duplicates=0 resurrected=0"
                        + " phantoms=0 order-breaks=0");
    }

    @Test
    void findsAConfirmedMessageThatWasNeverDelivered() {
        send(0, 1);
        send(0, 2);
        deliver(0, 2);

        assertThat(HistoryChecker.check(events).lost()).isEqualTo(1);
        assertThat(HistoryChecker.check(events).examples()).containsExactly("lost: " + new MessageKey(0, 1));
    }

    @Test
    void doesNotMissAMessageThatWasNotConfirmed() {
        events.add(new Event.Sent(new MessageKey(0, 1)));

        assertThat(HistoryChecker.check(events).isSound()).isTrue();
    }

    @Test
    void findsAMessageThatComesBackAfterItsSettlementWasConfirmed() {
        send(0, 1);
        deliver(0, 1);
        settle(0, 1);
        deliver(0, 1);

        assertThat(HistoryChecker.check(events).resurrected()).isEqualTo(1);
        assertThat(HistoryChecker.check(events).isSound()).isFalse();
    }

    @Test
    void countsAMessageThatComesTwiceBeforeItsSettlementAsADuplicateOnly() {
        send(0, 1);
        deliver(0, 1);
        deliver(0, 1);
        settle(0, 1);

        assertThat(HistoryChecker.check(events).duplicates()).isEqualTo(1);
        assertThat(HistoryChecker.check(events).isSound()).isTrue();
    }

    @Test
    void findsAMessageThatNobodySent() {
        deliver(0, 1);

        assertThat(HistoryChecker.check(events).phantoms()).isEqualTo(1);
    }

    @Test
    void findsAMessageThatWasDeliveredBeforeItWasSent() {
        deliver(0, 1);
        send(0, 1);

        assertThat(HistoryChecker.check(events).phantoms()).isEqualTo(1);
    }

    @Test
    void findsBytesThatNobodySent() {
        events.add(new Event.Unreadable(SCOPE));

        assertThat(HistoryChecker.check(events).phantoms()).isEqualTo(1);
    }

    @Test
    void findsAFirstDeliveryThatComesAfterALaterOneOfItsProducer() {
        send(0, 1);
        send(0, 2);
        deliver(0, 2);
        deliver(0, 1);

        assertThat(HistoryChecker.check(events).orderBreaks()).isEqualTo(1);
    }

    @Test
    void letsASecondDeliveryComeAtAnyTime() {
        send(0, 1);
        send(0, 2);
        deliver(0, 1);
        deliver(0, 2);
        deliver(0, 1);

        assertThat(HistoryChecker.check(events).isSound()).isTrue();
    }

    @Test
    void knowsNoOrderBetweenProducersOrScopes() {
        send(0, 1);
        send(0, 2);
        send(1, 1);
        deliver(0, 2);
        deliver(1, 1);
        events.add(new Event.Delivered(new MessageKey(0, 1), "elsewhere"));

        assertThat(HistoryChecker.check(events).isSound()).isTrue();
    }

    private void send(int producer, long sequence) {
        events.add(new Event.Sent(new MessageKey(producer, sequence)));
        events.add(new Event.Confirmed(new MessageKey(producer, sequence)));
    }

    private void deliver(int producer, long sequence) {
        events.add(new Event.Delivered(new MessageKey(producer, sequence), SCOPE));
    }

    private void settle(int producer, long sequence) {
        events.add(new Event.Settled(new MessageKey(producer, sequence)));
    }
}
