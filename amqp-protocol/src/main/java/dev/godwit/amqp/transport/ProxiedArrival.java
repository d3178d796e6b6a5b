package dev.godwit.amqp.transport;

import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection from a proxy that has not yet said for whom it comes. Owned by the connection's loop; ends with the header,
 * with what is none, with the handshake's time, or with the socket.
 */
final class ProxiedArrival implements ProxyHeaderHandler.Listener {
    /** Hears how it ended. Exactly one of these is called, once. */
    interface Listener {
        /**
         * The proxy has said who it is.
         *
         * @param from the client, or the proxy itself
         * @param forItself the proxy only looks whether we are well
         * @param millisLeft of the time for the handshake
         * @return false when the client cannot come in
         */
        boolean onKnown(ProxiedArrival arrival, InetSocketAddress from, boolean forItself, long millisLeft);

        /** Nobody will come. The reason is null when the peer left before it said anything, or was dropped. */
        void onFailed(ProxiedArrival arrival, @Nullable String reason);
    }

    private static final String HANDLER = "proxy-header";

    private final NetSocketInternal socket;
    private final ContextInternal context;
    private final Listener listener;
    private final LongSupplier nanoTime;
    private final long deadlineNanos;
    private final long timer;
    private boolean over;

    /**
     * Begins to wait; to be called when the socket was accepted, before anything is read.
     *
     * @param nanoTime the clock by which it is told what is left of the time
     */
    ProxiedArrival(
            NetSocketInternal socket,
            ContextInternal context,
            LongSupplier nanoTime,
            long timeoutMillis,
            Listener listener) {
        this.socket = socket;
        this.context = context;
        this.listener = listener;
        this.nanoTime = nanoTime;
        deadlineNanos = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        timer = context.setTimer(timeoutMillis, late -> fail("no PROXY header after " + timeoutMillis + " ms"));
        var channelContext = socket.channelHandlerContext();
        channelContext.pipeline().addBefore(channelContext.name(), HANDLER, new ProxyHeaderHandler(this));
        socket.closeHandler(closed -> fail(null));
    }

    /** Whoever is on the other end of the wire. */
    static InetSocketAddress peerOf(NetSocketInternal socket) {
        return (InetSocketAddress) socket.channelHandlerContext().channel().remoteAddress();
    }

    NetSocketInternal socket() {
        return socket;
    }

    @Override
    public boolean onHeader(ProxyHeader header) {
        if (!end()) {
            return false;
        }
        long millisLeft = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nanoTime.getAsLong()));
        var client = header.client();
        var proxy = peerOf(socket);
        var from = client == null ? proxy : from(client, proxy.getAddress());
        return listener.onKnown(this, from, client == null, millisLeft);
    }

    /** Who is on the proxy's own machine is not on ours, and comes from the proxy's address. */
    static InetSocketAddress from(InetSocketAddress client, InetAddress proxy) {
        return client.getAddress().isLoopbackAddress() && !proxy.isLoopbackAddress()
                ? new InetSocketAddress(proxy, client.getPort())
                : client;
    }

    @Override
    public void onNoHeader(String reason) {
        fail(reason);
    }

    private void fail(@Nullable String reason) {
        if (end()) {
            listener.onFailed(this, reason);
            drop();
        }
    }

    void abort() {
        fail(null);
    }

    private boolean end() {
        boolean first = !over;
        over = true;
        context.owner().cancelTimer(timer);
        return first;
    }

    private void drop() {
        var unused = socket.channelHandlerContext().close();
    }
}
