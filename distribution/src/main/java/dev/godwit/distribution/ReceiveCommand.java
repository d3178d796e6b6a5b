package dev.godwit.distribution;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.distribution.client.BodyText;
import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientRun;
import dev.godwit.distribution.client.MessageReceiver;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit receive}. */
@Command(
        name = "receive",
        description = "Receives messages from an address of any AMQP 1.0 broker; each is accepted, so it is gone then.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ReceiveCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "ADDRESS", description = "A queue or topic.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String address;

    @Mixin
    private final BrokerAddress broker = new BrokerAddress();

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "How many; 0 for all that come within the timeout. Default: ${DEFAULT-VALUE}")
    private long count = 1;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Gives up when no message came for so long. Default: ${DEFAULT-VALUE}")
    private double timeoutSeconds = 10;

    @Option(names = "--print", description = "Prints each body on a line.")
    private boolean print;

    @Override
    public Integer call() throws InterruptedException {
        if (count < 0 || timeoutSeconds <= 0) {
            throw new CommandFailure(ExitCode.USAGE, "--count must not be negative, and --timeout greater than 0");
        }
        var timeout = Duration.ofNanos(Math.round(timeoutSeconds * 1e9));
        long countMax = count == 0 ? Long.MAX_VALUE : count;
        PrintWriter out = spec.commandLine().getOut();
        long received;
        try {
            received = ClientRun.<Long>on(
                    broker.endpoint(),
                    (session, result) ->
                            MessageReceiver.start(session, address, countMax, timeout, this::show, result));
        } catch (ClientFailedException failed) {
            throw new CommandFailure(failed);
        }
        if (!print) {
            out.println("received " + received);
        }
        return (received >= count ? ExitCode.OK : ExitCode.INCOMPLETE).code();
    }

    /** On the event loop, before the message is accepted: what was accepted has been printed. */
    private void show(AmqpMessage message) {
        if (print) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(BodyText.of(message));
            out.flush();
        }
    }
}
