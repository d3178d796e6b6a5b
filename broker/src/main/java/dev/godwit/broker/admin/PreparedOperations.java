package dev.godwit.broker.admin;

import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.transaction.DecisionReply;
import dev.godwit.broker.transaction.PreparedDescription;
import dev.godwit.broker.transaction.PreparedTransactions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the AMQP management draft's operations do with prepared transactions. A user sees and decides about his own; those of
 * others need the right to manage {@link #RESOURCE}. Stateless.
 */
final class PreparedOperations {
    /** No address, but what rules name in its place. */
    static final String RESOURCE = "$prepared-transactions";

    static final List<String> ATTRIBUTES = List.of("name", "identity", "type", "user", "prepared", "state");
    static final List<String> OPERATIONS = List.of("COMMIT", "ROLLBACK");

    private final PreparedTransactions transactions;

    PreparedOperations(PreparedTransactions transactions) {
        this.transactions = transactions;
    }

    /** Tells of those that whoever asks may decide about, in the order of users and global ids. */
    void list(Requester requester, int offset, int count, EventLoop caller, Consumer<List<Map<String, Object>>> told) {
        var user = requester.mayManage(RESOURCE) ? null : requester.user();
        transactions.list(
                user,
                offset,
                count,
                caller,
                found -> told.accept(
                        found.stream().map(PreparedOperations::describe).toList()));
    }

    private static Map<String, Object> describe(PreparedDescription transaction) {
        var values = new LinkedHashMap<String, Object>();
        values.put("name", transaction.globalId().toString());
        values.put("identity", transaction.globalId().toString());
        values.put("type", EntityType.PREPARED);
        values.put("user", transaction.user());
        values.put("prepared", Instant.ofEpochMilli(transaction.preparedAtMillis()));
        values.put("state", transaction.state());
        return values;
    }

    /**
     * Decides about one in place of whoever coordinates it.
     *
     * @param name its global id, hexadecimal
     * @param owner whose it is; null for that of whoever asks
     */
    void onTransaction(
            String operation,
            String name,
            @Nullable String owner,
            Requester requester,
            EventLoop caller,
            Consumer<Answer> answer) {
        var user = owner == null ? requester.user() : owner;
        var globalId = GlobalTransactionId.parse(name);
        if (!OPERATIONS.contains(operation)) {
            answer.accept(
                    new Answer.Draft(Answer.NOT_IMPLEMENTED, operation + " is not known for " + EntityType.PREPARED));
        } else if (globalId == null) {
            answer.accept(new Answer.Draft(
                    Answer.BAD_REQUEST, "the name of a prepared transaction is its global id, hexadecimal"));
        } else if (!user.equals(requester.user()) && !requester.mayManage(RESOURCE)) {
            answer.accept(new Answer.Draft(Answer.FORBIDDEN, EntityOperations.noRight(requester, operation, RESOURCE)));
        } else {
            decide(user, globalId, operation.equals("ROLLBACK"), caller, answer);
        }
    }

    private void decide(
            String user, GlobalTransactionId globalId, boolean fail, EventLoop caller, Consumer<Answer> answer) {
        transactions.decide(user, globalId, fail, caller, new DecisionReply() {
            @Override
            public void onDecided() {
                answer.accept(new Answer.Draft(
                        Answer.OK,
                        fail ? "Rolled back" : "Committed",
                        Map.of("name", globalId.toString(), "user", user),
                        null));
            }

            @Override
            public void onUnknown() {
                answer.accept(new Answer.Draft(
                        Answer.NOT_FOUND, "no transaction " + globalId + " of user '" + user + "' is prepared"));
            }

            @Override
            public void onDecidedOtherwise() {
                answer.accept(
                        new Answer.Draft(Answer.CONFLICT, "transaction " + globalId + " has been decided otherwise"));
            }
        });
    }
}
