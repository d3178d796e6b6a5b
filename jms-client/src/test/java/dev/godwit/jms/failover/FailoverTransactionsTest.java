package dev.godwit.jms.failover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.Sender;
import dev.godwit.jms.provider.Settlement;
import dev.godwit.jms.provider.TransactionFate;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What becomes of transactions whose connection is lost. */
final class FailoverTransactionsTest extends TwoNodes {
    @Test
    void saysThatATransactionIsRolledBackWhoseConnectionWasLost() {
        ProviderSession session = session(connect(), true);
        Sender sender = now(session.openSender(QUEUE));
        a.accepts = false;
        send(sender, "1");
        a.breakConnection();
        loop.turn();
        assertThat(heard).contains("failed 1: TRANSACTION_ROLLED_BACK");
        assertThat(session.isTransactionLost()).isTrue();
        send(sender, "2");
        assertThat(failure(session.commit()).reason()).isEqualTo(Reason.TRANSACTION_ROLLED_BACK);
        assertThat(logged("b", "")).endsWith("send 2", "rollback");
        send(sender, "3");
        now(session.commit());
        assertThat(logged("b", "")).endsWith("send 3", "commit");
    }

    @Test
    void knowsATransactionAsLostThatASettlementOfALostConnectionBelongsTo() {
        ProviderSession session = session(connect(), true);
        now(session.openReceiver(ReceiverRequest.of(QUEUE), receiving)).grant(1);
        loop.turn();
        a.receiver("q").deliver("1", UUID.randomUUID(), confirmations);
        a.breakConnection();
        loop.turn();
        came.get(0).settle(Settlement.ACCEPTED);
        assertThat(failure(session.commit()).reason()).isEqualTo(Reason.TRANSACTION_ROLLED_BACK);
    }

    @Test
    void commitsAfterALossWhenNothingHungOnIt() {
        ProviderSession session = session(connect(), true);
        now(session.openSender(QUEUE));
        a.down = gone;
        b.down = gone;
        a.breakConnection();
        CompletableFuture<Void> committing = session.commit();
        loop.turn();
        assertThat(committing).isNotDone();
        b.down = null;
        loop.pass(1_000);
        now(committing);
    }

    @Test
    void leavesACommitInDoubtWhoseAnswerWasLostAndGoesOnWithANewTransaction() {
        a.commits = false;
        ProviderSession session = session(connect(), true);
        Sender sender = now(session.openSender(QUEUE));
        send(sender, "1");
        CompletableFuture<Void> committing = session.commit();
        loop.turn();
        a.breakConnection();
        assertThat(failure(committing).reason()).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
        send(sender, "2");
        now(session.commit());
    }

    /** A commit whose answer is lost with node a, and node b says what became of it. */
    private CompletableFuture<Void> loseTheAnswerToACommit(Runnable beforeItIsLost) {
        a.commits = false;
        a.keepsOutcomes = true;
        b.keepsOutcomes = true;
        ProviderSession session = session(connect(), true);
        send(now(session.openSender(QUEUE)), "1");
        CompletableFuture<Void> committing = session.commit();
        loop.turn();
        beforeItIsLost.run();
        a.breakConnection();
        loop.pass(1_000);
        return committing;
    }

    @Test
    void asksWhatBecameOfACommitWhoseAnswerWasLost() {
        CompletableFuture<Void> committing = loseTheAnswerToACommit(() -> b.fate = TransactionFate.COMMITTED);
        now(committing);
        assertThat(log).contains("b: inquire a1");
    }

    @Test
    void saysThatACommitDidNotHappenWhenTheBrokerSaysSo() {
        CompletableFuture<Void> committing = loseTheAnswerToACommit(() -> b.fate = TransactionFate.ROLLED_BACK);
        assertThat(failure(committing).reason()).isEqualTo(Reason.TRANSACTION_ROLLED_BACK);
    }

    @Test
    void leavesACommitInDoubtOfWhichTheBrokerKnowsNothing() {
        CompletableFuture<Void> committing = loseTheAnswerToACommit(() -> b.fate = TransactionFate.UNKNOWN);
        assertThat(failure(committing).reason()).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
    }

    @Test
    void asksAgainWhenTheConnectionIsLostBeforeTheAnswer() {
        CompletableFuture<Void> committing = loseTheAnswerToACommit(() -> {
            a.down = gone;
            b.down = gone;
        });
        assertThat(committing).isNotDone();
        b.down = null;
        b.isHoldingFate = true;
        loop.pass(60_000);
        assertThat(log).contains("b: inquire a1");
        assertThat(committing).isNotDone();

        b.isHoldingFate = false;
        b.fate = TransactionFate.COMMITTED;
        b.breakConnection();
        loop.pass(60_000);
        now(committing);
    }

    @Test
    void leavesACommitInDoubtWhenItIsClosedBeforeItCanAsk() {
        a.commits = false;
        a.keepsOutcomes = true;
        Provider provider = connect();
        ProviderSession session = session(provider, true);
        send(now(session.openSender(QUEUE)), "1");
        CompletableFuture<Void> committing = session.commit();
        loop.turn();
        a.down = gone;
        b.down = gone;
        a.breakConnection();
        loop.pass(100);
        now(provider.close());
        assertThat(failure(committing).reason()).isEqualTo(Reason.TRANSACTION_IN_DOUBT);
    }
}
