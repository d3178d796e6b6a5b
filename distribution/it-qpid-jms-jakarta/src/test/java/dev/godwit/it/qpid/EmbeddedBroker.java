package dev.godwit.it.qpid;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerStartException;
import dev.godwit.broker.queue.QueueStatistics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A broker for one test class, with a data directory of its own. */
final class EmbeddedBroker implements BeforeAllCallback, AfterAllCallback {
    private static final int SEGMENT_BYTES = 16 << 20;

    private final UnaryOperator<BrokerConfiguration> settings;
    private @Nullable Path data;
    private @Nullable Broker running;

    EmbeddedBroker() {
        this(configuration -> configuration);
    }

    EmbeddedBroker(UnaryOperator<BrokerConfiguration> settings) {
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
        try (Stream<Path> files = Files.walk(data())) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private Broker start(Path directory, int port) throws BrokerStartException {
        var defaults = BrokerConfiguration.defaults(directory).withPort(port);
        return Broker.start(settings.apply(new BrokerConfiguration(
                defaults.nodeName(),
                directory,
                defaults.eventLoops(),
                defaults.listen(),
                defaults.queues(),
                new BrokerConfiguration.Journal(SEGMENT_BYTES),
                defaults.security())));
    }

    /** Stops the broker and starts it again, on the same port and what it kept. */
    void restart() throws BrokerStartException {
        int port = port();
        broker().close();
        running = start(data(), port);
    }

    private Path data() {
        return Objects.requireNonNull(data, "no test runs");
    }

    private Broker broker() {
        return Objects.requireNonNull(running, "no test runs");
    }

    /** How many messages of a queue have been settled for good since the start. */
    long consumed(String queue) {
        return broker().queueStatistics().join().stream()
                .filter(each -> each.queue().equals(queue))
                .mapToLong(QueueStatistics::consumed)
                .sum();
    }

    int port() {
        return broker().port();
    }

    String uri() {
        return broker().uri();
    }
}
