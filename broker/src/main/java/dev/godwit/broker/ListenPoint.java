package dev.godwit.broker;

import dev.godwit.amqp.transport.AmqpServer;
import dev.godwit.broker.BrokerConfiguration.Listener;
import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.security.LoginPolicy;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One address that the broker listens on: a server on each event loop, all on one port. */
record ListenPoint(Listener listener, List<AmqpServer> servers) {
    private static final Logger log = LoggerFactory.getLogger(ListenPoint.class);
    private static final Set<String> WITHOUT_USERS = Set.of("EXTERNAL", "ANONYMOUS");

    ListenPoint {
        servers = List.copyOf(servers);
    }

    int port() {
        return servers.get(0).actualPort();
    }

    /** Where clients connect to. */
    String uri() {
        return listener.uri(port());
    }

    /** Closes what can be closed: nothing is kept because something else could not. */
    void close() {
        for (var server : servers) {
            try {
                server.close().await();
            } catch (Exception failed) { // await() throws whatever the future failed with, checked or not
                log.warn("{} server could not be closed", listener.name(), failed);
            }
        }
    }

    /** How peers of a listener prove who they are, by what was configured for it and for all. */
    static LoginPolicy policy(Listener listener, BrokerConfiguration.Security security) throws BrokerStartException {
        boolean nobodyKnown = security.users().isEmpty() && security.tokens() == null;
        // A proxy on this machine brings whoever reaches it.
        boolean reachable = listener.isProxied() || !isLoopback(listener);
        boolean needsNoUsers = !listener.mechanisms().isEmpty() && WITHOUT_USERS.containsAll(listener.mechanisms());
        if (reachable && nobodyKnown && !needsNoUsers) {
            throw new BrokerStartException(
                    Kind.CONFIGURATION,
                    listener.name() + " host " + listener.host()
                            + " can be reached from other machines"
                            + (listener.isProxied() ? " by way of proxies" : "")
                            + ", but no users are configured: set security.users, or listen on 127.0.0.1"
                            + (listener.isProxied() ? " without proxy-protocol" : ""));
        }
        return new LoginPolicy(listener.mechanisms(), security.plainWithoutTls(), nobodyKnown && !reachable);
    }

    private static boolean isLoopback(Listener listener) throws BrokerStartException {
        try {
            return InetAddress.getByName(listener.host()).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            throw new BrokerStartException(
                    Kind.CONFIGURATION, listener.name() + " host '" + listener.host() + "' is not known", unknown);
        }
    }

    /** Why a listener could not be opened. */
    static BrokerStartException failure(Listener listener, Exception failed) {
        var place = listener.host() + ":" + listener.port();
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (isBindFailure(cause)) {
                return new BrokerStartException(
                        Kind.PORT_IN_USE,
                        "cannot listen on " + place + " (" + cause.getMessage()
                                + "): end the program that uses the port, or choose another with " + listener.name()
                                + " port",
                        failed);
            }
        }
        return new BrokerStartException(Kind.FAILED, "cannot listen on " + place + ": " + failed, failed);
    }

    /** The native transport has an error of its own for that. */
    static boolean isBindFailure(Throwable cause) {
        var said = cause.getMessage();
        return cause instanceof BindException
                || (cause instanceof IOException && said != null && said.startsWith("bind("));
    }
}
