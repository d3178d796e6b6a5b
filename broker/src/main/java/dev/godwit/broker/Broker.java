package dev.godwit.broker;

import dev.godwit.broker.health.ServingStage;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.storage.journal.JournalStatistics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running broker: what a launcher or an embedding program holds. {@link #start} returns when clients may come, or, of a node of
 * a cluster, when that takes part in it; {@link #close} returns when all that was accepted is on the disk and the threads have
 * ended.
 */
public final class Broker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Broker.class);

    private final BrokerLife life;
    private final HealthDoor door;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Broker(BrokerLife life, HealthDoor door) {
        this.life = life;
        this.door = door;
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
        var cluster = configuration.node().cluster();
        boolean fromOtherMachines =
                cluster != null && !ListenPoint.isLoopback(cluster.link().host(), "cluster.listen");
        for (var listener : configuration.listen().listeners()) {
            ListenPoint.policy(listener, configuration.security(), fromOtherMachines);
        }
        var door = HealthDoor.open(configuration.listen().health());
        try {
            return new Broker(
                    cluster == null
                            ? LoneBroker.start(configuration, onJournalFailure, door.health())
                            : ClusteredBroker.start(configuration, cluster, onJournalFailure, door.health()),
                    door);
        } catch (BrokerStartException | RuntimeException | Error failed) {
            door.close();
            throw failed;
        }
    }

    /** The port that clients connect to; the one chosen, if 0 was asked for. */
    public int port() {
        return Integer.parseInt(uri().substring(uri().lastIndexOf(':') + 1));
    }

    /** Where clients connect to: {@code amqp://host:port}. */
    public String uri() {
        return uris().get(0);
    }

    /** Where clients connect to while this broker serves, at each of the listeners, in the order of the configuration. */
    public List<String> uris() {
        return life.uris();
    }

    /** Whether clients may come now: always, save to a node of a cluster that is not the active one. */
    public boolean isServing() {
        return life.serving() != null;
    }

    /** Done when clients may come for the first time. */
    public CompletableFuture<Void> served() {
        return life.served();
    }

    /** The port where it is told whether the node is well; 0 when there is none. */
    public int healthPort() {
        var port = door.port();
        return port == null ? 0 : port.port();
    }

    /** Links that are attached, or were, and may be resumed: messages are kept for them. */
    int resumableLinks() {
        var serving = life.serving();
        return serving == null ? 0 : serving.frontend().resumableLinks();
    }

    /** What happened in each queue since the start, in no order; nothing while this broker does not serve, and a failure when it ceases to meanwhile. */
    public CompletableFuture<List<QueueStatistics>> queueStatistics() {
        var serving = life.serving();
        return serving == null
                ? CompletableFuture.completedFuture(List.of())
                : serving.state().queueStatistics();
    }

    /** How many transactions are prepared, and wait for their commit or their rollback. */
    public int preparedTransactions() {
        var serving = life.serving();
        return serving == null ? 0 : serving.state().prepared().count();
    }

    /** What the journal has done since the start. */
    public JournalStatistics journalStatistics() {
        return life.journalStatistics();
    }

    /** Ends the broker: no more clients, what was accepted on the disk, threads gone. Safe to call twice. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        door.health().become(ServingStage.STOPPING);
        try (door) {
            life.close();
        }
        log.info("stopped");
    }
}
