package dev.godwit.broker;

import dev.godwit.amqp.transport.AmqpServer;
import dev.godwit.amqp.transport.EndpointLimits;
import dev.godwit.amqp.transport.ListenerOptions;
import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.security.LoginPolicy;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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

    /** What holds for all that come to a listener. */
    static ListenerOptions options(Listen listen, Listener listener, ListenerOptions.@Nullable Tls tls) {
        var limits = listen.limits();
        return new ListenerOptions(
                listener.host(),
                listener.port(),
                EndpointLimits.DEFAULTS
                        .withMaxFrameSizeBytes(limits.maxFrameSizeBytes())
                        .withChannelMax(Frontend.CHANNEL_MAX)
                        .withMaxMessageSizeBytes(limits.maxMessageSizeBytes()),
                new ListenerOptions.Timeouts(limits.handshakeTimeoutMillis(), limits.idleTimeoutMillis() / 2),
                limits.connections(),
                new ListenerOptions.Layers(
                        listener.isProxied() ? listener::isProxy : null,
                        tls,
                        listener.scheme().isWebSocket()));
    }

    /**
     * How peers of a listener prove who they are, by what was configured for it and for all.
     *
     * @param fromOtherMachines clients are passed on from the same listener of nodes on other machines
     */
    static LoginPolicy policy(Listener listener, BrokerConfiguration.Security security, boolean fromOtherMachines)
            throws BrokerStartException {
        boolean nobodyKnown = security.users().isEmpty() && security.tokens() == null;
        // A proxy on this machine brings whoever reaches it.
        boolean reachable =
                fromOtherMachines || listener.isProxied() || !isLoopback(listener.host(), listener.name() + " host");
        boolean needsNoUsers = !listener.mechanisms().isEmpty() && WITHOUT_USERS.containsAll(listener.mechanisms());
        if (reachable && nobodyKnown && !needsNoUsers) {
            throw new BrokerStartException(
                    Kind.CONFIGURATION,
                    listener.name() + " host " + listener.host()
                            + " can be reached from other machines"
                            + ways(listener, fromOtherMachines)
                            + ", but no users are configured: set security.users"
                            + (fromOtherMachines
                                    ? ""
                                    : ", or listen on 127.0.0.1"
                                            + (listener.isProxied() ? " without proxy-protocol" : "")));
        }
        return new LoginPolicy(listener.mechanisms(), security.plainWithoutTls(), nobodyKnown && !reachable);
    }

    private static String ways(Listener listener, boolean fromOtherMachines) {
        if (fromOtherMachines) {
            return " by way of the other nodes of the cluster";
        }
        return listener.isProxied() ? " by way of proxies" : "";
    }

    /** @param key what names the host */
    static boolean isLoopback(String host, String key) throws BrokerStartException {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            throw new BrokerStartException(Kind.CONFIGURATION, key + " '" + host + "' is not known", unknown);
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
