package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.Transaction;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How much transactions may do, and for how long. */
class TransactionBoundsTest extends TransactedQueues {
    @Test
    void failsTheDischargeOfATransactionThatPostedTooMuch() {
        var transaction = declare();
        assertThat(transaction.onPost(LIMITS.bytesMax() + 1)).isNotNull();
        discharge(transaction, false);
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:rollback");
    }

    @Test
    void failsTheDischargeOfATransactionThatDidTooMuch() {
        var transaction = declare();
        client.run(() -> {
            for (int i = 0; i < LIMITS.operationsMax(); i++) {
                assertThat(i % 2 == 0 ? transaction.onPost(1) : transaction.onRetirement())
                        .isNull();
                transaction.onAnswered();
            }
            assertThat(transaction.onPost(1)).isNotNull();
            assertThat(transaction.onRetirement()).isNotNull();
        });
        discharge(transaction, false);
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:rollback");
    }

    /** However many a client leaves open, they hold no more than one of them may. */
    @Test
    void boundsWhatAllOpenTransactionsOfAConnectionDo() {
        List<Consumer<Transaction>> ends = List.of(
                transaction -> discharge(transaction, true),
                transaction -> discharge(transaction, false),
                transaction -> client.run(() -> open.rollBack(List.of(transaction))),
                transaction -> client.advance(LIMITS.timeoutMillis()));
        for (var end : ends) {
            var first = declare();
            var second = declare();
            retireNothing(first, LIMITS.operationsMax() / 2);
            retireNothing(second, LIMITS.operationsMax() - LIMITS.operationsMax() / 2);
            client.run(() -> {
                assertRefused(first.onRetirement());
                assertRefused(second.onPost(1));
            });
            // Both have failed by that, and hold what they hold until they end.
            var third = declare();
            client.run(() -> assertThat(third.onAcquisition()).isNotNull());
            end.accept(second);
            turnAll();
            client.run(() -> open.rollBack(List.of(first, second, third)));
            turnAll();
        }
        // All of it has been given back, and no more than that.
        var last = declare();
        retireNothing(last, LIMITS.operationsMax());
        var none = declare();
        client.run(() -> assertThat(none.onRetirement()).isNotNull());
    }

    @Test
    void countsWhatATransactionDidUntilItsCommitIsSafe() {
        var transaction = declare();
        retireNothing(transaction, LIMITS.operationsMax() - 1);
        post(transaction, low, true);
        discharge(transaction, false);
        turnLoops();
        client.run(() -> assertThat(declareOn(open).onRetirement()).isNotNull());
        assertThat(heard).isEmpty();
        turnAll();
        assertThat(heard).containsExactly("done");
        client.run(() -> assertThat(declareOn(open).onRetirement()).isNull());
    }

    private void retireNothing(Transaction transaction, int times) {
        client.run(() -> {
            for (int i = 0; i < times; i++) {
                assertThat(transaction.onRetirement()).isNull();
                transaction.onAnswered();
            }
        });
    }

    private static void assertRefused(@Nullable ErrorCondition objection) {
        assertThat(Objects.requireNonNull(objection).condition()).hasToString("amqp:resource-limit-exceeded");
    }

    private Transaction declareOn(OpenTransactions transactions) {
        return Objects.requireNonNull(transactions.declare(controlLink, null));
    }

    @Test
    void countsTheTimeFromTheFirstThingThatATransactionDoes() {
        var transaction = declare();
        client.advance(10 * LIMITS.timeoutMillis());
        assertThat(transaction.isActive()).isTrue();
        post(transaction, low, true);
        turnAll();
        client.advance(LIMITS.timeoutMillis());
        assertThat(transaction.isActive()).isFalse();
        discharge(transaction, false);
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:timeout");
    }

    @Test
    void declaresNoMoreThanMayBe() {
        for (int i = 0; i < LIMITS.perConnectionMax(); i++) {
            declare();
        }
        client.run(() -> assertThat(open.declare(controlLink, null)).isNull());
    }
}
