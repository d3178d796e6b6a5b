package dev.godwit.it;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerStartException;
import dev.godwit.broker.queue.QueueStatistics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A broker in the JVM of the test, for all tests of one class, with a data directory of its own. Owned by the test's
 * thread.
 */
public final class EmbeddedBroker implements BeforeAllCallback, AfterAllCallback {
    private static final int SEGMENT_BYTES = 16 << 20;

    private final UnaryOperator<BrokerConfiguration> settings;
    private @Nullable Path data;
    private @Nullable Broker running;

    /** With the defaults. */
    public EmbeddedBroker() {
        this(configuration -> configuration);
    }

    /**
     * With other than the defaults.
     *
     * @param settings applied to them at each start
     */
    public EmbeddedBroker(UnaryOperator<BrokerConfiguration> settings) {
        this.settings = settings;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        data = Files.createTempDirectory("godwit-it");
        running = start(data, 0);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        broker().close();
        delete(data());
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private Broker start(Path directory, int port) throws BrokerStartException {
        var defaults = BrokerConfiguration.defaults(directory)
                .withPort(port)
                .withJournal(new BrokerConfiguration.Journal(SEGMENT_BYTES));
        return Broker.start(settings.apply(defaults));
    }

    /** Stops the broker and starts it again, on the same port and what it kept. */
    public void restart() throws BrokerStartException {
        int port = port();
        broker().close();
        running = start(data(), port);
    }

    private Path data() {
        return Objects.requireNonNull(data, "no test runs");
    }

    /** How many transactions are prepared, and wait for a decision. */
    public int preparedTransactions() {
        return broker().preparedTransactions();
    }

    private Broker broker() {
        return Objects.requireNonNull(running, "no test runs");
    }

    /** How many messages of a queue have been settled for good since the start. */
    public long consumed(String queue) {
        return sum(queue, QueueStatistics::consumed);
    }

    /** How many messages of a queue have gone back since the start because their locks ran out. */
    public long locksLost(String queue) {
        return sum(queue, QueueStatistics::locksLost);
    }

    private long sum(String queue, ToLongFunction<QueueStatistics> figure) {
        return broker().queueStatistics().join().stream()
                .filter(each -> each.queue().equals(queue))
                .mapToLong(figure)
                .sum();
    }

    /** Of the first listener. */
    public int port() {
        return broker().port();
    }

    /** Of the first listener: {@code amqp://host:port}. */
    public String uri() {
        return broker().uri();
    }

    /** Of all listeners, in their order. */
    public List<URI> uris() {
        return broker().uris().stream().map(URI::create).toList();
    }
}
