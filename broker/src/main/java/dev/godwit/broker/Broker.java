package dev.godwit.broker;

import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.storage.journal.JournalStatistics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running broker: what a launcher or an embedding program holds. {@link #start} returns when clients may come;
 * {@link #close} returns when all that was accepted is on the disk and the threads have ended.
 */
public final class Broker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Broker.class);

    private final StoredState stored;
    private final Frontend frontend;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Broker(StoredState stored, Frontend frontend) {
        this.stored = stored;
        this.frontend = frontend;
    }

    /** Starts a broker that ends the JVM's process with {@link JournalFailure#EXIT_CODE} when its disk fails. */
    public static Broker start(BrokerConfiguration configuration) throws BrokerStartException {
        return start(configuration, JournalFailure::halt);
    }

    /**
     * Starts a broker.
     *
     * @param onJournalFailure called once when a write to the journal failed. The broker confirms nothing after that, and
     *     the process must end: what the disk holds is only known after a restart
     * @throws BrokerStartException nothing runs then
     */
    public static Broker start(BrokerConfiguration configuration, Consumer<String> onJournalFailure)
            throws BrokerStartException {
        long startNanos = System.nanoTime();
        for (var listener : configuration.listen().listeners()) {
            ListenPoint.policy(listener, configuration.security());
        }
        var stored = StoredState.open(configuration, onJournalFailure);
        try {
            var frontend = Frontend.open(configuration, stored);
            var broker = new Broker(stored, frontend);
            stored.onReady();
            log.info("ready on {} after {} ms", broker.uri(), (System.nanoTime() - startNanos) / 1_000_000);
            return broker;
        } catch (BrokerStartException | RuntimeException | Error failed) {
            stored.close();
            throw failed;
        }
    }

    /** The port that clients connect to; the one chosen, if 0 was asked for. */
    public int port() {
        return frontend.port();
    }

    /** Where clients connect to: {@code amqp://host:port}. */
    public String uri() {
        return frontend.uris().get(0);
    }

    /** Where clients connect to, at each of the listeners, in the order of the configuration. */
    public List<String> uris() {
        return frontend.uris();
    }

    /** Links that are attached, or were, and may be resumed: messages are kept for them. */
    int resumableLinks() {
        return frontend.resumableLinks();
    }

    /** What happened in each queue since the start, in no order. */
    public CompletableFuture<List<QueueStatistics>> queueStatistics() {
        return stored.queueStatistics();
    }

    /** How many transactions are prepared, and wait for their commit or their rollback. */
    public int preparedTransactions() {
        return stored.prepared().count();
    }

    /** What the journal has done since the start. */
    public JournalStatistics journalStatistics() {
        return stored.journalStatistics();
    }

    /** Ends the broker: no more clients, what was accepted on the disk, threads gone. Safe to call twice. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            frontend.close();
        } finally {
            stored.close();
        }
        log.info("stopped");
    }
}
