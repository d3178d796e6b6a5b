package dev.godwit.jms;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.BrokerStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real broker on a free port, from the first test of a class to the last. */
@SuppressWarnings("NullAway.Init")
final class BrokerExtension implements BeforeAllCallback, AfterAllCallback {
    private final UnaryOperator<BrokerConfiguration> settings;
    private Path data;
    private Broker broker;

    BrokerExtension() {
        this(configuration -> configuration);
    }

    BrokerExtension(UnaryOperator<BrokerConfiguration> settings) {
        this.settings = settings;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        data = Files.createTempDirectory("godwit-jms-test");
        broker = start();
    }

    private Broker start() throws BrokerStartException {
        BrokerConfiguration defaults = BrokerConfiguration.defaults(data).withPort(0);
        BrokerConfiguration small = defaults.withNode(
                        new BrokerConfiguration.Node(defaults.node().name(), data, 1, null))
                .withJournal(new BrokerConfiguration.Journal(8 << 20));
        return Broker.start(settings.apply(small));
    }

    /** Stops the broker and starts it again on what it kept, at another port. */
    void restart() throws BrokerStartException {
        broker.close();
        broker = start();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        broker.close();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    String uri() {
        return broker.uri();
    }

    Broker broker() {
        return broker;
    }

    GodwitConnectionFactory factory(String options) {
        return new GodwitConnectionFactory(uri() + options);
    }

    /** The texts on a queue, of which nothing is left. */
    List<String> contents(String queue) {
        var texts = new ArrayList<String>();
        try (var context = factory().createContext();
                var consumer = context.createConsumer(context.createQueue(queue))) {
            for (var text = consumer.receiveBodyNoWait(String.class);
                    text != null;
                    text = consumer.receiveBodyNoWait(String.class)) {
                texts.add(text);
            }
        }
        return texts;
    }

    GodwitConnectionFactory factory() {
        return factory("");
    }
}
