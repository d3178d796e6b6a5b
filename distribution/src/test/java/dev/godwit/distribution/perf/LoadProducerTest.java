package dev.godwit.distribution.perf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.perf.FakeSendingLink.FakeSession;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LoadProducerTest {
    private static final TransactionId FIRST = new TransactionId(new byte[] {1});
    private static final TransactionId SECOND = new TransactionId(new byte[] {2});

    private final FakeSession session = new FakeSession();
    private final LoadMeter meter = new LoadMeter();
    private final RecordedListener listener = new RecordedListener();
    private @Nullable LoadHeadway headway;

    @Test
    void keepsNoMoreInFlightThanItsWindow() {
        var producer = started(LoadPlans.counting(10).inFlight(4));
        link().grant(100);
        assertThat(link().sent).isEqualTo(4);
        link().acceptOldest(1);
        assertThat(link().sent).isEqualTo(5);
        assertThat(producer.isFinished()).isFalse();
        link().acceptOldest(9);
        assertThat(link().sent).isEqualTo(10);
        assertThat(producer.isFinished()).isTrue();
        assertThat(producer.sequences().confirmed().size()).isEqualTo(10);
        assertThat(meter.confirmed()).isEqualTo(10);
    }

    @Test
    void staysWithinSightOfTheSlowestSubscriber() {
        var plan = LoadPlans.counting(10).inFlight(10).subscribers(2).ahead(4);
        headway = new LoadHeadway(plan.plan(), List.of());
        started(plan);
        link().grant(100);
        assertThat(link().sent).isEqualTo(4);

        headway.onReceived(0);
        headway.onReceived(0);
        link().grant(1);
        assertThat(link().sent).as("the other one has none yet").isEqualTo(4);

        headway.onReceived(1);
        link().grant(1);
        assertThat(link().sent).isEqualTo(5);
    }

    @Test
    void keepsToItsCredit() {
        started(LoadPlans.counting(10).inFlight(10));
        link().grant(3);
        assertThat(link().sent).isEqualTo(3);
        link().grant(1);
        assertThat(link().sent).isEqualTo(4);
    }

    @Test
    void sendsNothingBeforeItIsStarted() {
        var producer = attached(LoadPlans.counting(10));
        link().grant(100);
        assertThat(link().sent).isZero();
        assertThat(producer.isFinished()).isFalse();
    }

    @Test
    void sendsNothingAfterItWasStopped() {
        var producer = started(LoadPlans.counting(10).inFlight(4));
        link().grant(100);
        producer.stop();
        link().acceptOldest(3);
        assertThat(producer.isFinished()).isFalse();
        link().acceptOldest(1);
        assertThat(link().sent).isEqualTo(4);
        assertThat(producer.isFinished()).isTrue();
    }

    @Test
    void remembersWhatWasRefused() {
        var producer = started(LoadPlans.counting(3).inFlight(3));
        link().grant(3);
        link().acceptOldest(1);
        link().settleOldest(Outcome.Released.INSTANCE);
        link().acceptOldest(1);
        assertThat(producer.sequences().refused().contains(1)).isTrue();
        assertThat(producer.sequences().refused().size()).isEqualTo(1);
        assertThat(meter.refused()).isEqualTo(1);
        assertThat(producer.isFinished()).isTrue();
    }

    @Test
    void expectsNoAnswerForPresettledMessages() {
        var producer = started(LoadPlans.counting(5).inFlight(1).presettled());
        link().grant(5);
        assertThat(link().settledAtOnce).isEqualTo(5);
        assertThat(producer.isFinished()).isTrue();
        assertThat(producer.sequences().confirmed().size()).isEqualTo(5);
    }

    @Test
    void confirmsTheMessagesOfATransactionWhenItIsCommitted() {
        var producer = attached(LoadPlans.counting(5).inFlight(4).transactionSize(3));
        assertThat(coordinator().attach.target()).isInstanceOf(Coordinator.class);
        coordinator().grant(10);
        assertThat(listener.ready).isZero();
        coordinator().settleOldest(new Declared(FIRST));
        assertThat(listener.ready).isEqualTo(1);
        producer.start(null);
        link().grant(100);

        assertThat(link().sent).isEqualTo(3);
        assertThat(link().unsettled)
                .allSatisfy(sent -> assertThat(sent.sentState).isEqualTo(new TransactionalState(FIRST, null)));
        for (int i = 0; i < 3; i++) {
            link().settleOldest(new TransactionalState(FIRST, Outcome.Accepted.INSTANCE));
        }
        assertThat(meter.confirmed()).isZero();

        coordinator().acceptOldest(1);
        assertThat(meter.confirmed()).isEqualTo(3);
        coordinator().settleOldest(new Declared(SECOND));
        assertThat(link().sent).isEqualTo(5);
        assertThat(producer.isFinished()).isFalse();
        link().settleOldest(new TransactionalState(SECOND, Outcome.Accepted.INSTANCE));
        link().settleOldest(new TransactionalState(SECOND, Outcome.Accepted.INSTANCE));
        coordinator().acceptOldest(1);
        assertThat(meter.confirmed()).isEqualTo(5);
        assertThat(producer.isFinished()).isTrue();
    }

    @Test
    void refusesTheMessagesOfATransactionThatIsRolledBack() {
        var producer = attached(LoadPlans.counting(2).inFlight(2).transactionSize(2));
        coordinator().grant(10);
        coordinator().settleOldest(new Declared(FIRST));
        producer.start(null);
        link().grant(2);
        coordinator().settleOldest(new Outcome.Rejected(null));
        assertThat(producer.sequences().refused().size()).isEqualTo(2);
        assertThat(producer.sequences().confirmed().size()).isZero();
    }

    @Test
    void failsWhenTheCoordinatorIsRefused() {
        attached(LoadPlans.counting(2).inFlight(2).transactionSize(2));
        coordinator().listener.onDetached(coordinator(), true, null);
        assertThat(listener.failures)
                .extracting(ClientFailedException::kind)
                .containsExactly(ClientFailedException.Kind.REFUSED);
    }

    private LoadProducer started(LoadPlans plan) {
        var producer = attached(plan);
        producer.start(null);
        return producer;
    }

    private LoadProducer attached(LoadPlans plan) {
        var producer = new LoadProducer(plan.plan(), 0, 1, meter, listener, headway);
        producer.attach(session);
        session.links.get(0).listener.onAttached(session.links.get(0));
        return producer;
    }

    private FakeSendingLink link() {
        return session.links.get(0);
    }

    private FakeSendingLink coordinator() {
        return session.links.get(1);
    }

    private static final class RecordedListener implements LoadLink.Listener {
        final List<ClientFailedException> failures = new ArrayList<>();
        int ready;

        @Override
        public void onReady() {
            ready++;
        }

        @Override
        public void onFailed(ClientFailedException failure) {
            failures.add(failure);
        }
    }
}
