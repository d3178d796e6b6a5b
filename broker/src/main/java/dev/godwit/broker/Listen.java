package dev.godwit.broker;

import dev.godwit.amqp.transport.TlsFiles;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.message.UnknownAnnotations;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where clients come in, and what bounds them. Immutable.
 *
 * @param listeners the addresses to listen on, at least one; on other than loopback they demand users. The first is the one
 *     that a broker names when it names one only
 * @param tls for those that need it; null when none does
 * @param hostnames the names of hosts that clients may ask for in their open; empty for any
 * @param unknownAnnotations which annotations of messages are taken that mean nothing here
 * @param health where it is told by HTTP whether the node is well; null for nowhere
 */
public record Listen(
        List<Listener> listeners,
        ListenLimits limits,
        @Nullable Tls tls,
        List<String> hostnames,
        UnknownAnnotations unknownAnnotations,
        @Nullable NodeAddress health) {
    /**
     * The broker's keys.
     *
     * @param reloadMillis how often the files are looked at
     */
    public record Tls(TlsFiles files, long reloadMillis) {}

    public Listen {
        listeners = List.copyOf(listeners);
        hostnames = List.copyOf(hostnames);
        if (listeners.isEmpty()) {
            throw new IllegalArgumentException("no address to listen on");
        }
    }

    /** One address, without TLS, with the default limits. */
    static Listen at(Listener only) {
        return new Listen(List.of(only), ListenLimits.DEFAULTS, null, List.of(), UnknownAnnotations.UNRESERVED, null);
    }

    /** The same at other addresses. */
    public Listen withListeners(List<Listener> others) {
        return new Listen(others, limits, tls, hostnames, unknownAnnotations, health);
    }

    /** The same with another first address. */
    public Listen withFirst(Listener other) {
        return withListeners(
                Stream.concat(Stream.of(other), listeners.stream().skip(1)).toList());
    }

    /** The same with these addresses behind the first. */
    public Listen withFurther(List<Listener> others) {
        return withListeners(Stream.concat(Stream.of(first()), others.stream()).toList());
    }

    public Listen withLimits(ListenLimits others) {
        return new Listen(listeners, others, tls, hostnames, unknownAnnotations, health);
    }

    /** The same with files for TLS. */
    public Listen withTls(TlsFiles files, long reloadMillis) {
        return new Listen(listeners, limits, new Tls(files, reloadMillis), hostnames, unknownAnnotations, health);
    }

    /** The same for clients that ask for one of these hosts. */
    public Listen withHostnames(String... others) {
        return new Listen(listeners, limits, tls, List.of(others), unknownAnnotations, health);
    }

    /** The same with another rule for annotations that mean nothing here. */
    public Listen withUnknownAnnotations(UnknownAnnotations taken) {
        return new Listen(listeners, limits, tls, hostnames, taken, health);
    }

    /** The same with a port where it is told whether the node is well. */
    public Listen withHealth(NodeAddress address) {
        return new Listen(listeners, limits, tls, hostnames, unknownAnnotations, address);
    }

    Listener first() {
        return listeners.get(0);
    }
}
