package dev.godwit.jms.failover;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.GlobalTransaction;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.TransactionFate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of branches of global transactions whose connection is lost, over nodes without a wire, turned by hand. */
final class BranchFailoverTest {
    private static final byte[] BRANCH = "branch".getBytes(UTF_8);
    private static final UUID ONE = new UUID(0, 1);
    private static final UUID OTHER = new UUID(0, 2);

    private final HandLoop loop = new HandLoop();
    private final List<String> log = new ArrayList<>();
    private final ScriptedNode a = new ScriptedNode("a", loop, log);
    private final ScriptedNode b = new ScriptedNode("b", loop, log);
    private FailoverSettings settings = FailoverSettings.DEFAULT;
    private final ProviderListener nobody = cause -> {};

    private GlobalSession connect() {
        CompletableFuture<Provider> connecting = new FailoverProviderFactory(List.of(a, b), settings)
                .connect(new ConnectRequest("me", false, null, null), nobody);
        loop.turn();
        return now(connecting.join().openGlobalSession());
    }

    private <T> T now(CompletableFuture<T> answer) {
        loop.turn();
        assertThat(answer).isDone();
        return answer.join();
    }

    private Reason failure(CompletableFuture<?> answer) {
        loop.turn();
        assertThat(answer).isCompletedExceptionally();
        CompletionException failed = catchThrowableOfType(CompletionException.class, answer::join);
        return Answered.failureOf(failed).reason();
    }

    /** A session on node a, where it has prepared the branch. */
    private GlobalSession prepared() {
        GlobalSession session = connect();
        assertThat(now(now(session.begin(BRANCH)).prepare())).isTrue();
        assertThat(a.prepared).containsExactly("branch");
        return session;
    }

    /** Decides on node a, whose answer is lost with the connection. */
    private CompletableFuture<Void> decideInVain(GlobalSession session, Reason loss) {
        a.unheard.put("decide", loss);
        CompletableFuture<Void> decided = session.decide(BRANCH, true);
        loop.turn();
        assertThat(decided).isNotDone();
        a.unheard.clear();
        return decided;
    }

    private void failOverToB() {
        a.down = new ProviderException(Reason.CONNECTION_LOST, "a is gone");
        a.breakConnection();
        loop.pass(1_000);
        assertThat(log).contains("b: connect");
    }

    /** The same, and then node b is there in its place. */
    private CompletableFuture<Void> decideOnTheWayToB(GlobalSession session, Reason loss) {
        CompletableFuture<Void> decided = decideInVain(session, loss);
        failOverToB();
        return decided;
    }

    /** Both nodes serve what is in one journal. */
    private void shareAJournal() {
        a.journal = ONE;
        b.journal = ONE;
    }

    @Test
    void isDoneWhatTheSameJournalDoesNotKnowAnyMoreAtAnotherAddress() {
        shareAJournal();
        CompletableFuture<Void> decided = decideOnTheWayToB(prepared(), Reason.TRANSACTION_IN_DOUBT);
        now(decided);
        assertThat(log).containsOnlyOnce("b: decide branch");
    }

    @Test
    void isAskedForAgainWhereItIsStillPrepared() {
        shareAJournal();
        b.prepared.add("branch");
        CompletableFuture<Void> decided = decideOnTheWayToB(prepared(), Reason.TRANSACTION_IN_DOUBT);
        now(decided);
        assertThat(b.prepared).isEmpty();
    }

    /** A spare broker that has taken the address: the branch waits in the journal of the other one. */
    @Test
    void staysInDoubtWhenAnotherJournalIsAtTheSameAddress() {
        a.journal = ONE;
        CompletableFuture<Void> decided = decideInVain(prepared(), Reason.TRANSACTION_IN_DOUBT);
        b.down = new ProviderException(Reason.CONNECTION_LOST, "b was never there");
        a.journal = OTHER;
        a.prepared.clear();
        a.breakConnection();
        loop.pass(1_000);
        assertThat(failure(decided)).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
    }

    @Test
    void isNotDoneByAQuestionThatWasNeverSent() {
        shareAJournal();
        CompletableFuture<Void> decided = decideOnTheWayToB(prepared(), Reason.CONNECTION_LOST);
        assertThat(failure(decided)).isEqualTo(Reason.TRANSACTION_UNKNOWN);
    }

    /** Else the manager would think that somebody has ended it. */
    @Test
    void isNotUnknownAtABrokerThatDoesNotHaveIts() {
        a.journal = ONE;
        b.journal = OTHER;
        GlobalSession session = prepared();
        failOverToB();
        assertThat(failure(session.decide(BRANCH, true))).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
        assertThat(failure(session.decide(BRANCH, true))).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
    }

    @Test
    void isUnknownWhereItWasPreparedAndSomebodyElseHasEndedIt() {
        a.journal = ONE;
        GlobalSession session = prepared();
        a.prepared.clear();
        assertThat(failure(session.decide(BRANCH, true))).isEqualTo(Reason.TRANSACTION_UNKNOWN);
    }

    @Test
    void isUnknownToABrokerWhichHasNeverHeardOfIt() {
        a.journal = ONE;
        assertThat(failure(connect().decide(BRANCH, true))).isEqualTo(Reason.TRANSACTION_UNKNOWN);
    }

    @Test
    void isDoneWhenItWasFoundAmongThePreparedBefore() {
        shareAJournal();
        a.prepared.add("branch");
        GlobalSession session = connect();
        assertThat(now(session.next(null)))
                .hasValueSatisfying(found -> assertThat(found).isEqualTo(BRANCH));
        CompletableFuture<Void> decided = decideOnTheWayToB(session, Reason.TRANSACTION_IN_DOUBT);
        now(decided);
    }

    /** That broker may never have had it. */
    @Test
    void staysInDoubtWhenNobodyHasSeenItPrepared() {
        shareAJournal();
        CompletableFuture<Void> decided = decideOnTheWayToB(connect(), Reason.TRANSACTION_IN_DOUBT);
        assertThat(failure(decided)).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
    }

    @Test
    void staysInDoubtWithBrokersThatDoNotNameTheirJournal() {
        CompletableFuture<Void> decided = decideOnTheWayToB(prepared(), Reason.TRANSACTION_IN_DOUBT);
        assertThat(failure(decided)).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
    }

    /** Prepares on node a, whose answer is lost with the connection. */
    private CompletableFuture<Boolean> prepareInVain(GlobalSession session) {
        a.unheard.put("prepare", Reason.TRANSACTION_IN_DOUBT);
        GlobalTransaction transaction = now(session.begin(BRANCH));
        CompletableFuture<Boolean> prepared = transaction.prepare();
        loop.turn();
        assertThat(prepared).isNotDone();
        a.unheard.clear();
        return prepared;
    }

    @ParameterizedTest
    @EnumSource
    void saysWhatBecameOfAPreparationThatIsNotFound(TransactionFate fate) {
        a.keepsOutcomes = true;
        b.fate = fate;
        b.prepared.addAll(List.of("another", "one more"));
        CompletableFuture<Boolean> prepared = prepareInVain(connect());
        failOverToB();
        switch (fate) {
            // There was nothing to prepare, so it was over.
            case COMMITTED -> assertThat(now(prepared)).isFalse();
            case ROLLED_BACK -> assertThat(failure(prepared)).isEqualTo(Reason.TRANSACTION_ROLLED_BACK);
            case UNKNOWN -> assertThat(failure(prepared)).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TransactionFate.class,
            names = {"ROLLED_BACK", "UNKNOWN"})
    void isPreparedWhatIsFoundAmongThePrepared(TransactionFate fate) {
        a.keepsOutcomes = true;
        b.fate = fate;
        b.journal = ONE;
        b.prepared.addAll(List.of("another", "branch"));
        GlobalSession session = connect();
        CompletableFuture<Boolean> prepared = prepareInVain(session);
        failOverToB();
        assertThat(now(prepared)).isTrue();
        now(session.decide(BRANCH, false));
        assertThat(b.prepared).containsExactly("another");
    }

    @Test
    void aPreparationStaysInDoubtThatCannotBeAskedFor() {
        CompletableFuture<Boolean> prepared = prepareInVain(connect());
        failOverToB();
        assertThat(failure(prepared)).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
        assertThat(log).noneMatch(each -> each.contains("inquire") || each.contains("next"));
    }

    @Test
    void looksForThePreparedOnceMoreWhenTheConnectionIsLostMeanwhile() {
        a.keepsOutcomes = true;
        b.fate = TransactionFate.ROLLED_BACK;
        b.prepared.addAll(List.of("another", "branch"));
        CompletableFuture<Boolean> prepared = prepareInVain(connect());
        b.unheard.put("next", Reason.CONNECTION_LOST);
        failOverToB();
        assertThat(prepared).isNotDone();
        b.unheard.clear();
        b.breakConnection();
        loop.pass(1_000);
        assertThat(now(prepared)).isTrue();
    }

    @Test
    void aPreparationStaysInDoubtWhenNobodyCanBeAskedAnyMore() {
        settings = new FailoverSettings(
                0, 10, 1_000, true, 2, 3, -1, 10, false, FailoverSettings.ServerListAction.REPLACE);
        a.keepsOutcomes = true;
        CompletableFuture<Boolean> prepared = prepareInVain(connect());
        b.down = new ProviderException(Reason.CONNECTION_LOST, "b was never there");
        a.down = b.down;
        a.breakConnection();
        loop.pass(100_000);
        assertThat(failure(prepared)).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
    }

    @Test
    void remembersOnlySoManyPlaces() {
        PreparedPlaces places = new PreparedPlaces();
        for (int i = 0; i <= PreparedPlaces.PLACES_MAX; i++) {
            places.add(id(i), ONE);
        }
        assertThat(places.journalOf(id(0))).isNull();
        assertThat(places.journalOf(id(1))).isEqualTo(ONE);
        assertThat(places.journalOf(id(PreparedPlaces.PLACES_MAX))).isEqualTo(ONE);
        places.remove(id(1));
        assertThat(places.journalOf(id(1))).isNull();
    }

    private static byte[] id(int number) {
        return Integer.toString(number).getBytes(UTF_8);
    }
}
