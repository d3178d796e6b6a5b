package dev.godwit.broker.cluster.relay;

import dev.godwit.amqp.transport.ProxyHeader;
import dev.godwit.amqp.transport.Reception;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.runtime.EventLoop.Timer;
import io.netty.buffer.ByteBuf;
import io.vertx.core.internal.net.NetSocketInternal;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A client's connection on its way to the active node. Owned by one loop, from accept to the end of both sockets. */
final class RelayedConnection implements RelayEnd.Listener {
    private enum State {
        /** No node is active, or it was not reached; nothing is read of what the client says. */
        WAITING,
        /** The active node is being connected to. */
        CONNECTING,
        /** Bytes go to and fro. */
        RELAYING,
        /** Over, or about to be. */
        OVER
    }

    private static final long RETRY_MILLIS = 100;

    private final RelayLoop relay;
    private final Reception.Guest guest;
    private final int door;
    private final RelayEnd client;
    private final Timer deadline;
    private State state = State.WAITING;
    private @Nullable ActiveNode target;
    private @Nullable RelayEnd upstream;
    private @Nullable Timer retry;
    private int attempts;
    private String obstacle = "no node is active";

    RelayedConnection(RelayLoop relay, Reception.Guest guest, int door) {
        this.relay = relay;
        this.guest = guest;
        this.door = door;
        client = RelayEnd.on(guest.socket(), relay.settings().bufferBytes(), this);
        deadline = relay.loop().schedule(relay.settings().waitMillis(), this::giveUp);
    }

    private void become(State newState) {
        state = newState;
    }

    /** This node is active. */
    void onHosts(List<? extends Reception.Host> hosts) {
        switch (state) {
            case WAITING, CONNECTING -> {
                if (client.isSilent()) {
                    end();
                } else {
                    // Its place goes with it.
                    become(State.OVER);
                    cancelTimers();
                    relay.onOver(this);
                    client.giveBack(() -> hosts.get(door).onGuest(guest));
                }
            }
            case RELAYING -> end();
            case OVER -> {}
        }
    }

    /** Another node is active, or it is not known who is. */
    void onActive(@Nullable ActiveNode node) {
        switch (state) {
            case WAITING -> connect(node);
            case CONNECTING -> {
                if (!Objects.equals(node, target)) {
                    become(State.WAITING);
                    connect(node);
                }
            }
            case RELAYING -> {
                // While nobody else is known, the one before may still be there; if it is not, its socket says so.
                if (node != null && !node.equals(target)) {
                    // What was begun there is not known elsewhere: the client has to begin anew.
                    end();
                }
            }
            case OVER -> {}
        }
    }

    private void connect(@Nullable ActiveNode node) {
        target = node;
        if (node == null || node.doors().size() <= door) {
            obstacle = "no node is active";
            return;
        }
        become(State.CONNECTING);
        int attempt = ++attempts;
        NodeAddress address = node.doors().get(door);
        relay.connect(address).onComplete(connected -> {
            boolean wanted = state == State.CONNECTING && attempt == attempts;
            if (connected.succeeded() && wanted) {
                onConnected((NetSocketInternal) connected.result());
            } else if (connected.succeeded()) {
                connected.result().close();
            } else if (wanted) {
                obstacle = "node " + node.nodeId() + " is active and not reached at " + address;
                become(State.WAITING);
                retry = relay.loop().schedule(RETRY_MILLIS, () -> onActive(relay.active()));
            }
        });
    }

    private void onConnected(NetSocketInternal socket) {
        become(State.RELAYING);
        deadline.cancel();
        guest.onKnown();
        var to = RelayEnd.on(socket, relay.settings().bufferBytes(), this);
        upstream = to;
        to.write(header(socket));
        to.passOnTo(client);
        client.passOnTo(to);
    }

    /** For whom we come. */
    private ByteBuf header(NetSocketInternal socket) {
        var reached = (InetSocketAddress)
                guest.socket().channelHandlerContext().channel().localAddress();
        var bytes = socket.channelHandlerContext().alloc().buffer();
        new ProxyHeader(guest.isForItself() ? null : guest.from()).writeTo(reached, bytes);
        return bytes;
    }

    private boolean isWaiting() {
        return state == State.WAITING || state == State.CONNECTING;
    }

    void endIfWaiting() {
        if (isWaiting()) {
            end();
        }
    }

    private void giveUp() {
        if (isWaiting()) {
            guest.complain("closed, for after " + relay.settings().waitMillis() + " ms " + obstacle);
            end();
        }
    }

    @Override
    public void onGone(RelayEnd end, boolean reset) {
        if (state == State.OVER) {
            return;
        }
        over();
        var to = upstream;
        var rest = end == client ? to : client;
        if (reset) {
            end.close();
            if (rest != null) {
                rest.reset();
            }
        } else if (rest != null) {
            rest.end();
        }
        end.close();
    }

    @Override
    public void onBothSilent() {
        end();
    }

    /** Closes both ends. */
    void end() {
        if (state != State.OVER) {
            over();
            client.close();
            if (upstream != null) {
                upstream.close();
            }
        }
    }

    private void over() {
        become(State.OVER);
        cancelTimers();
        guest.leave();
        relay.onOver(this);
    }

    private void cancelTimers() {
        deadline.cancel();
        if (retry != null) {
            retry.cancel();
        }
    }
}
