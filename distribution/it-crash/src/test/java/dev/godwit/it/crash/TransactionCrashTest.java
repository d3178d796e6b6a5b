package dev.godwit.it.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.BrokerProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker process is killed again and again while transactions move tokens between queues of several shards (G5). Each
 * token is in exactly one queue afterwards: one that is nowhere left a queue without coming to another, one that is twice
 * came without leaving. Rerun one that failed with {@code -Dgodwit.seed=<seed>}.
 */
final class TransactionCrashTest {
    private static final int KILLS = Integer.getInteger("godwit.kills", 8);
    private static final int TOKENS = 60;
    private static final int MOVERS = 4;
    private static final int QUIET_MILLIS = 200;
    private static final int QUIET_ROUNDS = 2;
    private static final int FIND_SECONDS_MAX = 60;
    private static final String DEAD_LETTERS = "DLQ";
    private static final List<String> QUEUES = List.of("token-a", "token-b", "token-c", "token-d", "token-e");

    private final long seed = Long.getLong("godwit.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final AtomicLong committed = new AtomicLong();
    private final Lives lives = new Lives();

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 240, unit = TimeUnit.SECONDS)
    void appliesTransactionsWhollyOrNotAtAllThroughKills() throws Exception {
        var client = Client.create();
        var clients = Executors.newCachedThreadPool();
        var working = new ArrayList<Future<?>>();
        Map<Integer, Integer> found;
        try {
            int port = new KillSeries(data(), random, lives, committed).run(KILLS, broker -> {
                sendTokens(client, broker.port());
                for (int mover = 0; mover < MOVERS; mover++) {
                    working.add(clients.submit(new TokenMover(
                            client,
                            broker.port(),
                            QUEUES,
                            lives,
                            new Random(random.nextLong()),
                            committed::incrementAndGet)));
                }
            });
            lives.end();
            for (var each : working) {
                each.get(30, TimeUnit.SECONDS);
            }
            found = countTokens(client, port);
        } finally {
            lives.end();
            clients.shutdownNow();
            client.close();
        }

        long lost = (long) TOKENS - found.size();
        long doubled = found.values().stream().filter(times -> times > 1).count();
        System.out.println("transaction crash test: kills=" + KILLS + " committed=" + committed + " tokens=" + TOKENS
                + " half-applied=" + (lost + doubled) + " (lost=" + lost + " doubled=" + doubled + ") seed=" + seed);
        assertThat(found)
                .as("rerun with -Dgodwit.seed=" + seed)
                .hasSize(TOKENS)
                .allSatisfy((token, times) ->
                        assertThat(times).as("token %d", token).isEqualTo(1));
        assertThat(committed.get()).isGreaterThan(KILLS);
    }

    private Path data() {
        return directory.resolve("data");
    }

    private static void sendTokens(Client client, int port) throws Exception {
        try (var connection = client.connect("127.0.0.1", port, new ConnectionOptions().idleTimeout(0))) {
            for (int token = 0; token < TOKENS; token++) {
                var sender = connection.openSender(QUEUES.get(token % QUEUES.size()));
                sender.send(Message.create(new byte[] {(byte) token}).durable(true))
                        .awaitSettlement();
                sender.close();
            }
        }
    }

    /** How often each token is in some queue. */
    private Map<Integer, Integer> countTokens(Client client, int port) throws Exception {
        var found = new TreeMap<Integer, Integer>();
        var all = new ArrayList<>(QUEUES);
        all.add(DEAD_LETTERS);
        try (var broker = BrokerProcess.start(data(), port);
                var connection = client.connect("127.0.0.1", broker.port(), new ConnectionOptions().idleTimeout(0))) {
            var receivers = new ArrayList<Receiver>();
            for (var queue : all) {
                receivers.add(connection.openReceiver(queue, new ReceiverOptions().creditWindow(TOKENS)));
            }
            // A token that is twice would come along with the others, or soon after.
            long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(FIND_SECONDS_MAX);
            for (int quietRounds = 0; quietRounds < QUIET_ROUNDS && System.nanoTime() < deadlineNanos; ) {
                int before = found.values().stream().mapToInt(Integer::intValue).sum();
                for (var receiver : receivers) {
                    take(receiver, found);
                }
                int after = found.values().stream().mapToInt(Integer::intValue).sum();
                quietRounds = after == before && found.size() == TOKENS ? quietRounds + 1 : 0;
            }
        }
        return found;
    }

    private static void take(Receiver receiver, Map<Integer, Integer> found) throws Exception {
        for (var delivery = receiver.receive(QUIET_MILLIS, TimeUnit.MILLISECONDS);
                delivery != null;
                delivery = receiver.receive(QUIET_MILLIS, TimeUnit.MILLISECONDS)) {
            if (delivery.message().body() instanceof byte[] token) {
                found.merge((int) token[0], 1, Integer::sum);
            }
        }
    }
}
