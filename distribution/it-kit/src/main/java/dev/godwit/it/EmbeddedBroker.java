package dev.godwit.it;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerStartException;
import dev.godwit.broker.policy.AddressPolicy;
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
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A broker in the JVM of the test, with a data directory of its own: registered in a static field one for all tests of the
 * class, in a field of the instance one for each test. Owned by the test's thread.
 */
public final class EmbeddedBroker
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private static final int SEGMENT_BYTES = 16 << 20;

    private UnaryOperator<BrokerConfiguration> settings;
    private boolean isForAllTests;
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

    /** With the defaults but for what holds at some addresses. */
    public static EmbeddedBroker withPolicies(AddressPolicy... policies) {
        return new EmbeddedBroker(
                defaults -> defaults.withQueues(defaults.queues().withPolicies(policies)));
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        isForAllTests = true;
        start();
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        if (!isForAllTests) {
            start();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        if (!isForAllTests) {
            stop();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        stop();
    }

    private void start() throws IOException, BrokerStartException {
        data = Files.createTempDirectory("godwit-it");
        running = start(data, 0);
    }

    private void stop() throws IOException {
        if (running != null) {
            running.close();
        }
        delete(data());
    }

    /** Deletes a directory with all that is in it. */
    public static void delete(Path directory) throws IOException {
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
        running = null;
        running = start(data(), port);
    }

    /** As {@link #restart()}, with other settings from then on. */
    public void restart(UnaryOperator<BrokerConfiguration> otherSettings) throws BrokerStartException {
        settings = otherSettings;
        restart();
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

    /** Whether a queue of this name exists. */
    public boolean hasQueue(String queue) {
        return statistics().stream().anyMatch(each -> each.queue().equals(queue));
    }

    /** How many messages of a queue have been settled for good since the start. */
    public long consumed(String queue) {
        return count(queue, QueueStatistics::consumed);
    }

    /** A figure of a queue; 0 if there is none of this name. */
    public long count(String queue, ToLongFunction<QueueStatistics> figure) {
        return statistics().stream()
                .filter(each -> each.queue().equals(queue))
                .mapToLong(figure)
                .sum();
    }

    /** Of all queues. */
    public List<QueueStatistics> statistics() {
        return broker().queueStatistics().join();
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
