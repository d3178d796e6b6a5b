package dev.godwit.distribution;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientRun;
import dev.godwit.distribution.client.MessageSender;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit send}. */
@Command(
        name = "send",
        description = "Sends messages to an address of any AMQP 1.0 broker, and waits until each is accepted.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SendCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "ADDRESS", description = "A queue or topic.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private String address;

    @Mixin
    private final BrokerAddress broker = new BrokerAddress();

    @Mixin
    private final Durability durability = new Durability();

    @Option(names = "--count", paramLabel = "N", description = "How many copies. Default: ${DEFAULT-VALUE}")
    private long count = 1;

    @ArgGroup
    private @Nullable Content content;

    @Option(
            names = "--property",
            paramLabel = "NAME=TEXT",
            description = "An application property; may be given several times.")
    private Map<String, String> properties = new LinkedHashMap<>();

    /** What is in the messages: one of the two. */
    private static final class Content {
        @Option(names = "--body", paramLabel = "TEXT", description = "A text (a JMS TextMessage). Default: empty")
        private @Nullable String text;

        @Option(names = "--size", paramLabel = "BYTES", description = "So many bytes (a JMS BytesMessage).")
        private int sizeBytes;

        MessageBody body() {
            return text != null ? new MessageBody.Value(text) : MessageBody.Data.of(new byte[sizeBytes]);
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        if (count < 1 || (content != null && content.sizeBytes < 0)) {
            throw new CommandFailure(ExitCode.USAGE, "--count must be at least 1, and --size not negative");
        }
        AmqpMessage message = message();
        try {
            long accepted = ClientRun.<Long>on(
                    broker.endpoint(),
                    (session, result) -> MessageSender.start(session, address, message, count, result));
            spec.commandLine().getOut().println("sent " + accepted);
        } catch (ClientFailedException failed) {
            throw new CommandFailure(failed);
        }
        return ExitCode.OK.code();
    }

    private AmqpMessage message() {
        var builder = AmqpMessage.builder(content == null ? new MessageBody.Value("") : content.body())
                .header(durability.isDurable() ? Header.DURABLE : Header.DEFAULT);
        properties.forEach(builder::applicationProperty);
        return builder.build();
    }
}
