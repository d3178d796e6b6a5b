package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import io.netty.buffer.ByteBuf;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Open;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection, either end: bytes come in, pass the handshake, the reader and the guard, and what the engine makes of
 * them is handed on here, in one switch; what the container asks for is written at the end of the turn. Owned by one
 * event loop, from accept or connect to the end of the socket.
 */
final class ProtonConnection implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(ProtonConnection.class);

    private final LoopTasks tasks;
    private final LoopShare share;
    private final EndpointLimits limits;
    private final ConnectionOwner owner;
    private final org.apache.qpid.proton.engine.Connection engineConnection = Proton.connection();
    private final PerformativeFit fit;
    private final EngineTransport engine;
    private final FrameGuard guard;
    private final FrameReader reader;
    private final EngineEvents events;
    private final ConnectionInput input = new ConnectionInput(this);
    private final IdleWatch idle;
    private final OpenExchange opens;
    private final UntakenParts untakenParts;
    private final PeerQuotas quotas;
    private final EngineOutput output;
    private final TransferWriter transfers;
    private final OwnClose ownClose;
    private final ConnectionEnd end;
    private final LastState lastState = new LastState();
    private final List<ProtonSession> ownSessions = new ArrayList<>();
    private String remoteAddress;
    private ConnectionState state = ConnectionState.CONNECTING;
    private @Nullable ConnectionListener listener;
    private @Nullable Identity identity;
    private @Nullable ConnectionSocket socket;
    private @Nullable Handshake handshake;

    ProtonConnection(
            ContextInternal context,
            LoopShare share,
            EndpointLimits limits,
            long idleTimeoutMillis,
            String remoteAddress,
            ConnectionOwner owner) {
        this.share = share;
        this.limits = limits;
        this.remoteAddress = remoteAddress;
        this.owner = owner;
        tasks = new LoopTasks(context, this::onBug);
        fit = new PerformativeFit(share.codec());
        engine = new EngineTransport(limits, fit);
        guard = new FrameGuard(this, engine);
        reader = new FrameReader(share.codec(), guard, limits.maxFrameSizeBytes());
        ownClose = new OwnClose(this, guard, engine, engineConnection);
        end = new ConnectionEnd(this, tasks, ownClose, owner);
        output = new EngineOutput(this, engine, context.nettyEventLoop());
        idle = new IdleWatch(tasks, end::onSilentPeer, output::keepAlive);
        opens = new OpenExchange(tasks, limits, idleTimeoutMillis, fit, engine, reader, idle);
        untakenParts = new UntakenParts(input, idle);
        quotas = new PeerQuotas(share, limits, this);
        transfers = new TransferWriter(share, fit, output);
        events = new EngineEvents(this, guard, engineConnection);
        engine.bind(engineConnection);
    }

    // ---- what the container asks

    @Override
    public Executor loop() {
        return tasks.loop();
    }

    @Override
    public String remoteAddress() {
        return remoteAddress;
    }

    @Override
    public @Nullable Identity identity() {
        return identity;
    }

    @Override
    public @Nullable OpenParameters remoteOpen() {
        return opens.theirs();
    }

    @Override
    public void open(OpenParameters ours) {
        assertOnLoop();
        if (!isUsable()) {
            return;
        }
        opens.send(ours, engineConnection);
        input.resume(ConnectionInput.Wait.OUR_OPEN);
        touch();
    }

    @Override
    public Session begin(SessionListener sessionListener) {
        assertOnLoop();
        var session = new ProtonSession(this, engineConnection.session(), SessionState.BEGIN_SENT, sessionListener);
        ownSessions.add(session);
        touch();
        return session;
    }

    @Override
    public void close(@Nullable ErrorCondition error) {
        assertOnLoop();
        end.close(error);
    }

    @Override
    public void abort() {
        assertOnLoop();
        end.abort();
    }

    @Override
    public boolean isUsable() {
        return state.isUsable();
    }

    // ---- the socket's life

    /** A client's socket is there: we know where to. */
    void onConnected(NetSocketInternal netSocket, Handshake newHandshake) {
        remoteAddress = String.valueOf(netSocket.remoteAddress());
        onSocket(netSocket, newHandshake);
    }

    /** A client's socket is there, or a server has accepted one. */
    void onSocket(NetSocketInternal netSocket, Handshake newHandshake) {
        var newSocket = new ConnectionSocket(netSocket, tasks, limits.writeBufferBytes(), this);
        socket = newSocket;
        input.onSocket(newSocket);
        output.onSocket(newSocket.output());
        if (!isUsable()) {
            newSocket.abort();
            return;
        }
        become(ConnectionState.HANDSHAKE);
        handshake = newHandshake;
        newHandshake.onConnected();
        newSocket.output().flush();
    }

    /** Every frame after the handshake is written to the log. */
    void traceFrames() {
        var trace = new FrameTrace(() -> remoteAddress);
        engine.setProtocolTracer(trace);
        guard.traceTo(trace);
        transfers.traceTo(trace);
    }

    /** The handshake, and the peer's open, must be done by then. */
    void limitHandshake(long timeoutMillis) {
        opens.limit(timeoutMillis, () -> onHandshakeTimeout(timeoutMillis));
    }

    private void onHandshakeTimeout(long timeoutMillis) {
        if (isUsable()) {
            String reason = "no open after " + timeoutMillis + " ms" + (handshake == null ? "" : handshake.waitsFor());
            end.onHandshakeFailed(DisconnectCause.Kind.NETWORK, reason);
        }
    }

    /** The client's connect failed. */
    void onConnectFailed(Throwable failure) {
        end.onConnectFailed(failure);
        onSocketGone(null);
    }

    /** Called once the socket is no more. */
    void onSocketGone(@Nullable Throwable failure) {
        if (state == ConnectionState.DISCONNECTED) {
            return;
        }
        end.onSocketGone(failure);
        become(ConnectionState.DISCONNECTED);
        quotas.release();
        opens.stop();
        idle.stop();
        input.release();
        guard.onConnectionOver();
        if (handshake != null) {
            handshake.onConnectionOver();
        }
        ownSessions.forEach(ProtonSession::onConnectionOver);
        ConnectionListener to = listener;
        try {
            if (to != null) {
                to.onDisconnected(this, end.cause());
            }
        } finally {
            owner.onGone(this);
        }
    }

    // ---- bytes come in

    /** Takes ownership of {@code data}. */
    void onData(ByteBuf data) {
        idle.onInput();
        input.onData(data);
    }

    /** Takes what can be taken out of {@code in}. */
    void onBytes(ByteBuf in) {
        try {
            if (state == ConnectionState.HANDSHAKE && handshake != null) {
                handshake.onBytes(in);
            }
            if (state.isPastHandshake()) {
                reader.read(in);
            }
        } catch (ProtocolViolation violation) {
            in.skipBytes(in.readableBytes());
            end.onViolation(violation);
        } catch (RuntimeException bug) {
            in.skipBytes(in.readableBytes());
            end.onBug(bug);
        }
        if (awaitsOpen()) {
            input.pause(ConnectionInput.Wait.OUR_OPEN);
        }
    }

    /** The peer has opened and we have not yet: frames stay unread. */
    boolean awaitsOpen() {
        return opens.isOursAwaited() && state == ConnectionState.OPEN;
    }

    ConnectionInput input() {
        return input;
    }

    boolean isClosing() {
        return state == ConnectionState.CLOSING;
    }

    /** Both ends may send AMQP frames now. */
    void onHandshakeDone(Identity newIdentity, boolean server) {
        handshake = null;
        identity = server ? newIdentity : null;
        become(ConnectionState.OPEN);
        LOG.debug("{}: let in as {}", remoteAddress, newIdentity);
        listener = owner.onAuthenticated(this);
        touch();
    }

    /** A client's listener, who hears of a failure before there is a connection to speak of. */
    void setListener(ConnectionListener newListener) {
        listener = newListener;
    }

    private void onBug(RuntimeException bug) {
        end.onBug(bug);
    }

    /** A session or link was ended because the peer broke its rules. */
    void onPeerFault(ErrorCondition error) {
        warn(error.condition() + ": " + error.description());
    }

    /** Says in the log what the peer did wrong. */
    void warn(String reason) {
        share.violations().warn(remoteAddress, reason);
    }

    // ---- what the engine made of a frame

    /** See {@link EngineEvents#dispatch}. */
    void dispatchEvents() {
        events.dispatch();
    }

    void onRemoteOpen() {
        if (listener != null && isUsable()) {
            listener.onOpen(this);
        }
    }

    void onRemoteClose() {
        ErrorCondition error = ProtonValues.fromEngine(engineConnection.getRemoteCondition());
        if (state == ConnectionState.OPEN) {
            drainEngine();
            engineConnection.close();
            become(ConnectionState.CLOSING);
            if (listener != null) {
                listener.onClose(this, error);
            }
        } else {
            ownClose.onRemoteClose();
        }
        end.onClosed();
    }

    // ---- what the guard asks

    EndpointLimits limits() {
        return limits;
    }

    int channelMax() {
        return opens.channelMax();
    }

    EngineTransport engine() {
        return engine;
    }

    /** The peer's open, before the engine sees it. */
    void onRemoteOpen(Open open) {
        opens.onRemote(ProtonPerformatives.fromEngine(open));
    }

    PeerQuotas quotas() {
        return quotas;
    }

    /** What is done later, or elsewhere. */
    LoopTasks tasks() {
        return tasks;
    }

    UntakenParts untakenParts() {
        return untakenParts;
    }

    ProtonSession newSession(org.apache.qpid.proton.engine.Session engineSession) {
        return new ProtonSession(this, engineSession, SessionState.MAPPED, null);
    }

    void onNewSession(ProtonSession session) {
        touch();
        if (listener != null) {
            session.setListener(listener.onSession(session));
        }
    }

    /** A detach that was held back, outside of any read. */
    void replay(ProtonSession session, Detach detach) {
        if (state != ConnectionState.OPEN) {
            return;
        }
        try {
            guard.replay(session, detach);
        } catch (ProtocolViolation violation) {
            end.onViolation(violation);
        } catch (RuntimeException bug) {
            end.onBug(bug);
        }
    }

    // ---- what we send

    TransferWriter transfers() {
        return transfers;
    }

    /** False once nothing goes before our close any more. */
    boolean mayTransfer() {
        return isUsable() || ownClose.isWaiting();
    }

    /** See {@link OwnClose#onAllSent}. */
    void onAllSent() {
        ownClose.onAllSent();
    }

    /** We settle what we sent; {@code ours} is null to say no more than that. */
    void tellSettled(ProtonSession session, int deliveryId, @Nullable DeliveryState ours) {
        if (session.isLive()) {
            engine.settleSent(session.localChannel(), deliveryId, ours == null ? null : lastState.toEngine(ours));
            touch();
        }
    }

    // ---- bytes go out

    EngineOutput output() {
        return output;
    }

    /** See {@link EngineOutput#touch}. */
    void touch() {
        output.touch();
    }

    /** See {@link EngineOutput#drain}. */
    void drainEngine() {
        output.drain();
    }

    /** The handshake is done, or as good as. */
    boolean mayEngineWrite() {
        return state.isPastHandshake() || (handshake instanceof ClientHandshake client && client.isOutputOpen());
    }

    void onFlushed() {
        idle.onOutput();
    }

    /** No frame comes before our open, not even an empty one (§2.4.5). */
    boolean maySignLife() {
        return opens.isSent() && isUsable();
    }

    /** The socket took what was waiting. */
    void onWritable() {
        input.resume(ConnectionInput.Wait.PEER_TO_READ);
        onMaybeWritable();
    }

    /** The socket took what was waiting, or the peer opened a window. */
    void onMaybeWritable() {
        if (isUsable()) {
            output.onMaybeWritable();
        }
    }

    /** Where the handshake writes its headers and SASL frames. */
    ByteBuf room() {
        return Objects.requireNonNull(socket).output().room();
    }

    void flushNow() {
        Objects.requireNonNull(socket).output().flush();
    }

    void onSessionOver(ProtonSession session, org.apache.qpid.proton.engine.Session engineSession) {
        ownSessions.remove(session);
        output.retire(engineSession);
    }

    // ---- its state, and its end

    ConnectionEnd end() {
        return end;
    }

    ConnectionState state() {
        return state;
    }

    void become(ConnectionState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(remoteAddress + ": " + state + " may not become " + next);
        }
        state = next;
    }

    /** Null while a client has none. */
    @Nullable
    ConnectionSocket socket() {
        return socket;
    }

    void assertOnLoop() {
        tasks.assertOnLoop();
    }

    org.apache.qpid.proton.amqp.transport.DeliveryState toEngine(DeliveryState ours) {
        return lastState.toEngine(ours);
    }
}
