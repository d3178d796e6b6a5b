package dev.godwit.distribution;

import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientRun;
import dev.godwit.distribution.client.ManagementRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit why}. */
@Command(
        name = "why",
        description = "Says why the messages of a queue, or of a topic's subscriptions, are not delivered, or why its"
                + " producers have no credit.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class WhyCommand implements Callable<Integer> {
    private static final int COUNT_MAX = 100;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "ADDRESS", description = "The queue or topic.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String address;

    @Mixin
    private final BrokerAddress broker = new BrokerAddress();

    @Option(names = "--message", paramLabel = "ID", description = "Only the message of this message-id.")
    private @Nullable String message;

    @Option(
            names = "--number",
            paramLabel = "N",
            description = "Only the message of this number, as this command tells it.")
    private @Nullable Long number;

    @Option(
            names = "--subscription",
            paramLabel = "NAME",
            description = "Only this subscription of the topic. Default: all")
    private @Nullable String subscription;

    @Option(names = "--producers", description = "Why producers have no credit, instead.")
    private boolean producers;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "So many messages or producers at most, 1 to 100. Default: 10")
    private @Nullable Integer count;

    @Override
    public Integer call() throws InterruptedException {
        if (producers && (message != null || number != null || subscription != null)) {
            throw new CommandFailure(ExitCode.USAGE, "--producers goes with --count only");
        }
        if (message != null && number != null) {
            throw new CommandFailure(ExitCode.USAGE, "--message or --number: not both");
        }
        if (count != null && (count < 1 || count > COUNT_MAX)) {
            throw new CommandFailure(ExitCode.USAGE, "--count is 1 to " + COUNT_MAX + ", not " + count);
        }
        Map<?, ?> answer;
        try {
            answer = ClientRun.<Map<?, ?>>on(
                    broker.endpoint(), (session, answered) -> ManagementRequest.start(session, properties(), answered));
        } catch (ClientFailedException failed) {
            throw new CommandFailure(failed);
        }
        var text = new ExplanationText(spec.commandLine().getOut());
        if (producers) {
            text.printCredit(answer);
        } else {
            text.printDelivery(answer, message != null || number != null);
        }
        return ExitCode.OK.code();
    }

    private Map<String, Object> properties() {
        var properties = new LinkedHashMap<String, Object>();
        properties.put("operation", producers ? "EXPLAIN-CREDIT" : "EXPLAIN-DELIVERY");
        properties.put("type", "dev.godwit.queue");
        properties.put("name", address);
        put(properties, "message", message);
        put(properties, "number", number);
        put(properties, "subscription", subscription);
        put(properties, "count", count);
        return properties;
    }

    private static void put(Map<String, Object> properties, String name, @Nullable Object value) {
        if (value != null) {
            properties.put(name, value);
        }
    }
}
