package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.transaction.DischargeReply;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.OutcomeLimits;
import dev.godwit.broker.transaction.Transaction;
import dev.godwit.broker.transaction.TransactionLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Two queues in two shards, and a client with transactions over both; all loops and disks are turned by hand. */
abstract class TransactedQueues {
    static final TransactionLimits LIMITS = new TransactionLimits(1_000, 3, 10_000, 20, 2, 2, OutcomeLimits.DEFAULTS);
    static final Outcome FAILED = new Outcome.Modified(true, false, Map.of());

    final ManualEventLoop client = new ManualEventLoop();
    final TransactionShard low = new TransactionShard(1, client);
    final TransactionShard high = new TransactionShard(2, client);
    final OpenTransactions open = new OpenTransactions(client, UUID::randomUUID, LIMITS);
    final List<String> heard = new ArrayList<>();
    final TransactionShard.DeclaringLink controlLink = new TransactionShard.DeclaringLink();

    Transaction declare() {
        var declared = new ArrayList<Transaction>();
        client.run(() -> declared.add(open.declare(controlLink, null)));
        controlLink.undischarged.addAll(declared);
        return declared.get(0);
    }

    void post(Transaction transaction, TransactionShard node, boolean durable) {
        node.post(client, transaction, durable);
    }

    void retire(Transaction transaction, TransactionShard node, QueueEntry entry, Outcome how, boolean settled) {
        client.run(() -> {
            assertThat(transaction.onRetirement()).isNull();
            node.consumer.retire(entry, transaction, how, settled ? FAILED : null, transaction);
        });
    }

    void discharge(Transaction transaction, boolean fail) {
        client.run(() -> open.discharge(transaction, fail, reply()));
    }

    DischargeReply reply() {
        return new DischargeReply() {
            @Override
            public void onDone() {
                heard.add("done");
            }

            @Override
            public void onRolledBack(ErrorCondition why) {
                heard.add(why.condition().toString());
            }
        };
    }

    void wantMessages(TransactionShard node) {
        client.run(() -> node.consumer.setLimit(10));
    }

    void turnLoops() {
        for (int round = 0; round < 6; round++) {
            client.runTasks();
            low.loop.runTasks();
            high.loop.runTasks();
        }
    }

    void turnAll() {
        for (int round = 0; round < 10; round++) {
            turnLoops();
            while (low.commitNext()) {
                turnLoops();
            }
            while (high.commitNext()) {
                turnLoops();
            }
        }
    }

    Message message(boolean durable) {
        return TransactionShard.message(durable, client.nowMillis());
    }
}
