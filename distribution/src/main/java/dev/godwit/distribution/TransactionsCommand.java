package dev.godwit.distribution;

import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientRun;
import dev.godwit.distribution.client.ManagementRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit transactions}. */
@Command(
        name = "transactions",
        description =
                "Lists prepared transactions, which wait for a transaction manager, or decides about one in its place.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class TransactionsCommand implements Runnable {
    private static final String TYPE = "dev.godwit.prepared-transaction";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    @Command(
            name = "list",
            description = "Prints for each since when it is prepared, its state, its user and its global id.",
            mixinStandardHelpOptions = true)
    int list(@Mixin BrokerAddress broker) throws InterruptedException {
        var answer = ask(broker, Map.of("operation", "QUERY", "entityType", TYPE));
        var out = spec.commandLine().getOut();
        var columns = answer.get("attributeNames") instanceof List<?> names ? names : List.of();
        if (answer.get("results") instanceof List<?> rows) {
            for (var each : rows) {
                if (each instanceof List<?> row) {
                    out.println(field(columns, row, "prepared") + "  " + field(columns, row, "state") + "  "
                            + field(columns, row, "user") + "  " + field(columns, row, "name"));
                }
            }
        }
        return ExitCode.OK.code();
    }

    private static @Nullable Object field(List<?> columns, List<?> row, String name) {
        int at = columns.indexOf(name);
        return at < 0 || at >= row.size() ? null : row.get(at);
    }

    @Command(
            name = "commit",
            description = "Commits one. Its manager hears later that it is unknown.",
            mixinStandardHelpOptions = true)
    int commit(@Mixin BrokerAddress broker, @Mixin WhichOne which) throws InterruptedException {
        return decide("COMMIT", broker, which);
    }

    @Command(
            name = "rollback",
            description = "Rolls one back. Its manager hears later that it is unknown.",
            mixinStandardHelpOptions = true)
    int rollback(@Mixin BrokerAddress broker, @Mixin WhichOne which) throws InterruptedException {
        return decide("ROLLBACK", broker, which);
    }

    private int decide(String operation, BrokerAddress broker, WhichOne which) throws InterruptedException {
        var properties = new LinkedHashMap<String, Object>();
        properties.put("operation", operation);
        properties.put("type", TYPE);
        properties.put("name", which.id);
        if (which.user != null) {
            properties.put("user", which.user);
        }
        ask(broker, properties);
        spec.commandLine().getOut().println(operation.equals("COMMIT") ? "committed" : "rolled back");
        return ExitCode.OK.code();
    }

    private static Map<?, ?> ask(BrokerAddress broker, Map<String, Object> properties) throws InterruptedException {
        try {
            return ClientRun.<Map<?, ?>>on(
                    broker.endpoint(), (session, answered) -> ManagementRequest.start(session, properties, answered));
        } catch (ClientFailedException failed) {
            throw new CommandFailure(failed);
        }
    }

    /** Which transaction is meant. */
    private static final class WhichOne {
        @Parameters(index = "0", paramLabel = "ID", description = "Its global id, as list prints it.")
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private String id;

        @Option(names = "--of", paramLabel = "USER", description = "Whose it is. Default: one's own")
        private @Nullable String user;
    }
}
