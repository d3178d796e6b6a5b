package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.TransactionFate;
import dev.godwit.jms.provider.TransactionName;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What became of a transaction whose answer was lost? Asked of a coordinator on whatever connection there is. */
record OutcomeQuestion(CompletableFuture<TransactionFate> answer) implements CoordinatorQuestions.Question {
    /** What the coordinator calls a transaction, on whatever link it is asked. */
    private record Name(TransactionId id) implements TransactionName {}

    static TransactionName name(TransactionId id) {
        return new Name(id);
    }

    /** The message that asks. */
    static ByteBuffer message(TransactionName name, long ageMillis) {
        if (name instanceof Name its) {
            return TransactionRequests.inquire(its.id(), ageMillis);
        }
        throw new IllegalArgumentException("this is the name of no transaction of a broker: " + name);
    }

    /** Of a coordinator that does not know such questions. */
    static ProviderException notOffered() {
        return new ProviderException(
                Reason.NOT_SUPPORTED,
                "this broker does not say what became of transactions: its coordinator does not offer "
                        + Capability.TRANSACTION_OUTCOMES);
    }

    @Override
    public void onAnswer(@Nullable DeliveryState state) {
        answer.complete(fate(state));
    }

    private static TransactionFate fate(@Nullable DeliveryState state) {
        if (state instanceof Outcome.Accepted) {
            return TransactionFate.COMMITTED;
        }
        ErrorCondition error = state instanceof Outcome.Rejected rejected ? rejected.error() : null;
        return error != null && AmqpError.TRANSACTION_ROLLBACK.is(error)
                ? TransactionFate.ROLLED_BACK
                : TransactionFate.UNKNOWN;
    }

    @Override
    public void onAnswerLost(ProviderException cause) {
        answer.completeExceptionally(cause);
    }

    @Override
    public void onNeverSent(ProviderException cause) {
        answer.completeExceptionally(cause);
    }
}
