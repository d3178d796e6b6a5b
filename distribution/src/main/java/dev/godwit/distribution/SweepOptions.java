package dev.godwit.distribution;

import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientRun;
import dev.godwit.distribution.client.SweepRequest;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that has a broker go through a queue, and how such a command runs. */
final class SweepOptions {
    private static final String DONE = "done";

    @Mixin
    private final BrokerAddress broker = new BrokerAddress();

    @Option(
            names = "--filter",
            paramLabel = "SELECTOR",
            description = "Only the messages that this selector picks; annotations stand in quotes, as in"
                    + " \"x-opt-dead-letter-reason\" = 'rejected'. Default: all")
    private @Nullable String filter;

    @Option(names = "--limit", paramLabel = "N", description = "So many messages at most. Default: all")
    private @Nullable Long limit;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "So many messages in a second at most. Default: as fast as it goes")
    private @Nullable Long rate;

    @Option(names = "--dry-run", description = "Counts the messages, and does nothing with them.")
    private boolean dryRun;

    /**
     * Has the broker do it, waits for the end, and prints what came of it.
     *
     * @param operation as the management node calls it
     * @param participle what has been done with messages when it is over
     * @param to null where no address is named
     * @return the exit code
     */
    int run(String operation, String participle, String queue, @Nullable String to, PrintWriter out)
            throws InterruptedException {
        for (var number : new @Nullable Long[] {limit, rate}) {
            if (number != null && number < 1) {
                throw new CommandFailure(ExitCode.USAGE, "--limit and --rate must be at least 1");
            }
        }
        SweepRequest.Result result;
        try {
            result = ClientRun.<SweepRequest.Result>on(
                    broker.endpoint(),
                    (session, ended) -> SweepRequest.start(session, operation, queue, properties(to), ended));
        } catch (ClientFailedException failed) {
            throw new CommandFailure(failed);
        }
        print(result, participle, out);
        return (result.state().equals(DONE) ? ExitCode.OK : ExitCode.INCOMPLETE).code();
    }

    private Map<String, Object> properties(@Nullable String to) {
        var properties = new LinkedHashMap<String, Object>();
        put(properties, "to", to);
        put(properties, "filter", filter);
        put(properties, "limit", limit);
        put(properties, "rate", rate);
        put(properties, "dryRun", dryRun ? true : null);
        return properties;
    }

    private static void put(Map<String, Object> properties, String name, @Nullable Object value) {
        if (value != null) {
            properties.put(name, value);
        }
    }

    private void print(SweepRequest.Result result, String participle, PrintWriter out) {
        out.println((dryRun ? "would be " : "") + participle + " " + result.done()
                + (result.stayed() == 0 ? "" : ", stayed " + result.stayed())
                + (result.state().equals(DONE) ? "" : " (" + result.state() + ")"));
        result.origins().forEach((address, count) -> {
            if (!address.isEmpty()) {
                out.println("  of " + address + ": " + count);
            }
        });
    }
}
