package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.jms.provider.ServerAddress;
import org.jspecify.annotations.Nullable;

/** Where a broker sends us that does not want us itself (AMQP 1.0 §2.8.16, {@code amqp:connection:redirect}). Stateless. */
final class Redirect {
    private static final Symbol CONDITION = Symbol.of("amqp:connection:redirect");
    private static final Symbol NETWORK_HOST = Symbol.of("network-host");
    private static final Symbol PORT = Symbol.of("port");
    private static final Symbol HOSTNAME = Symbol.of("hostname");
    private static final Symbol SCHEME = Symbol.of("scheme");
    private static final Symbol PATH = Symbol.of("path");
    private static final int PORT_MAX = 65_535;

    private Redirect() {}

    /**
     * How to speak with the other broker.
     *
     * @return null when the error is none that sends us elsewhere, or not to where we may go
     */
    static @Nullable AmqpSettings target(AmqpSettings from, @Nullable ErrorCondition error) {
        if (error == null || !error.condition().equals(CONDITION)) {
            return null;
        }
        String host = text(error, NETWORK_HOST);
        int port = port(error);
        if (host == null || port < 1 || port > PORT_MAX) {
            return null;
        }
        ServerAddress there =
                new ServerAddress(host, port, text(error, HOSTNAME), text(error, SCHEME), text(error, PATH));
        return from.leadsOutOfTls(there) && !from.allowsNonSecureRedirects() ? null : from.at(there);
    }

    /** 0 for none. Brokers write it by different types. */
    private static int port(ErrorCondition error) {
        Object port = error.info().get(PORT);
        try {
            return port == null ? 0 : Integer.parseInt(port.toString());
        } catch (NumberFormatException none) {
            return 0;
        }
    }

    private static @Nullable String text(ErrorCondition error, Symbol key) {
        return error.info().get(key) instanceof String text && !text.isEmpty() ? text : null;
    }
}
