package dev.godwit.distribution;

import dev.godwit.distribution.client.BrokerEndpoint;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that connects to a broker. */
final class BrokerAddress {
    private static final int AMQP_PORT = 5672;

    @Option(
            names = "--broker",
            paramLabel = "HOST[:PORT]",
            defaultValue = "127.0.0.1:5672",
            description = "Where the broker is; amqp:// in front is allowed. Default: ${DEFAULT-VALUE}")
    private String broker = "127.0.0.1:5672";

    @Option(names = "--user", paramLabel = "NAME", description = "Log in as this user (SASL PLAIN).")
    private @Nullable String user;

    @Option(
            names = "--password",
            paramLabel = "TEXT",
            arity = "0..1",
            interactive = true,
            defaultValue = "${env:GODWIT_PASSWORD}",
            description = "The user's password; asked for when no text follows. Default: the environment variable"
                    + " GODWIT_PASSWORD, which other users of this machine cannot see")
    private @Nullable String password;

    /** Where to connect to, and as whom. */
    BrokerEndpoint endpoint() {
        String[] parts = split();
        String secret = user != null && password == null ? "" : password;
        return new BrokerEndpoint(parts[0], parts.length == 1 ? AMQP_PORT : port(parts[1]), user, secret);
    }

    private int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            // falls through: one answer for both
        }
        throw new CommandFailure(ExitCode.USAGE, "--broker " + broker + ": the port must be a number from 1 to 65535");
    }

    /** Host and port; an IPv6 address stands in brackets when a port follows. */
    private String[] split() {
        String text = broker.startsWith("amqp://") ? broker.substring("amqp://".length()) : broker;
        int bracket = text.indexOf(']');
        if (text.startsWith("[") && bracket > 0) {
            String host = text.substring(1, bracket);
            return text.startsWith(":", bracket + 1)
                    ? new String[] {host, text.substring(bracket + 2)}
                    : new String[] {host};
        }
        int colon = text.indexOf(':');
        boolean hasPort = colon >= 0 && colon == text.lastIndexOf(':');
        return hasPort ? new String[] {text.substring(0, colon), text.substring(colon + 1)} : new String[] {text};
    }
}
