package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import io.netty.buffer.ByteBuf;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.messaging.Accepted;
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
    /** How long a peer may take to answer our close. */
    private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

    private static final long KEEP_ALIVE_FRAME = 0x00000008_02000000L;

    private final ContextInternal context;
    private final Executor loop;
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
    private final UntakenParts untakenParts;
    private final PeerQuotas quotas;
    private final EngineOutput output;
    private final TransferWriter transfers;
    private final OwnClose ownClose;
    private final List<ProtonSession> ownSessions = new ArrayList<>();
    private final long idleTimeoutMillis;
    private String remoteAddress;
    private ConnectionState state = ConnectionState.CONNECTING;
    private int channelMax;
    private boolean openSent;
    private @Nullable ConnectionListener listener;
    private @Nullable Identity identity;
    private @Nullable OpenParameters remoteOpen;
    private @Nullable ConnectionSocket socket;
    private @Nullable Handshake handshake;
    private @Nullable DisconnectCause cause;
    private long handshakeTimer = -1;
    private long closeTimer = -1;
    private @Nullable DeliveryState lastState;
    private org.apache.qpid.proton.amqp.transport.DeliveryState lastEngineState = Accepted.getInstance();

    ProtonConnection(
            ContextInternal context,
            LoopShare share,
            EndpointLimits limits,
            long idleTimeoutMillis,
            String remoteAddress,
            ConnectionOwner owner) {
        this.context = context;
        this.share = share;
        this.limits = limits;
        this.idleTimeoutMillis = idleTimeoutMillis;
        this.remoteAddress = remoteAddress;
        this.owner = owner;
        loop = task -> context.runOnContext(turn -> task.run());
        channelMax = limits.channelMax();
        fit = new PerformativeFit(share.codec());
        engine = new EngineTransport(limits, fit);
        guard = new FrameGuard(this, engine);
        reader = new FrameReader(share.codec(), guard, limits.maxFrameSizeBytes());
        idle = new IdleWatch(context, this::onSilentPeer, this::keepAlive);
        untakenParts = new UntakenParts(input, idle);
        quotas = new PeerQuotas(share, limits, this);
        output = new EngineOutput(this, engine, context.nettyEventLoop());
        transfers = new TransferWriter(share, fit, output);
        ownClose = new OwnClose(this, guard, engine, engineConnection);
        events = new EngineEvents(this, guard, engineConnection);
        engine.bind(engineConnection);
    }

    // ---- what the container asks

    @Override
    public Executor loop() {
        return loop;
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
        return remoteOpen;
    }

    @Override
    public void open(OpenParameters ours) {
        assertOnLoop();
        if (!isUsable()) {
            return;
        }
        long maxFrameSize = Math.min(ours.maxFrameSize(), limits.maxFrameSizeBytes());
        channelMax = Math.min(ours.channelMax(), limits.channelMax());
        long idleTimeout = ours.idleTimeoutMillis() > 0 ? ours.idleTimeoutMillis() : idleTimeoutMillis;
        engine.setOpen(maxFrameSize, channelMax, idleTimeout);
        reader.setMaxFrameSizeBytes((int) maxFrameSize);
        ProtonPerformatives.fill(engineConnection, ours);
        engineConnection.open();
        openSent = true;
        input.resume(ConnectionInput.Wait.OUR_OPEN);
        if (idleTimeout > 0) {
            idle.limitSilence(2 * idleTimeout);
        }
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
        if (state == ConnectionState.OPEN) {
            sendClose(error);
        } else if (state != ConnectionState.CLOSING) {
            endSocket();
        }
    }

    @Override
    public void abort() {
        assertOnLoop();
        if (cause == null && state != ConnectionState.CLOSING) {
            cause = new DisconnectCause(DisconnectCause.Kind.NETWORK, "aborted here", null, null);
        }
        if (socket != null) {
            socket.abort();
        } else {
            endSocket();
        }
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
        var newSocket = new ConnectionSocket(netSocket, context, limits.writeBufferBytes(), this);
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
        handshakeTimer = context.setTimer(timeoutMillis, timer -> onHandshakeTimeout(timeoutMillis));
    }

    private void onHandshakeTimeout(long timeoutMillis) {
        handshakeTimer = -1;
        if (remoteOpen == null && isUsable()) {
            String reason = "no open after " + timeoutMillis + " ms" + (handshake == null ? "" : handshake.waitsFor());
            share.violations().warn(remoteAddress, reason);
            end(new DisconnectCause(DisconnectCause.Kind.NETWORK, reason, null, null));
        }
    }

    /** The client's connect failed. */
    void onConnectFailed(Throwable failure) {
        cause = cause != null ? cause : ConnectionSocket.causeOf(failure);
        onSocketGone(null);
    }

    /** Called once the socket is no more. */
    void onSocketGone(@Nullable Throwable failure) {
        if (state == ConnectionState.DISCONNECTED) {
            return;
        }
        if (cause == null && isUsable()) {
            cause = failure != null
                    ? ConnectionSocket.causeOf(failure)
                    : new DisconnectCause(DisconnectCause.Kind.NETWORK, "the peer dropped the connection", null, null);
        }
        become(ConnectionState.DISCONNECTED);
        quotas.release();
        cancelTimer(handshakeTimer);
        cancelTimer(closeTimer);
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
                to.onDisconnected(this, cause);
            }
        } finally {
            owner.onGone(this);
        }
    }

    private void cancelTimer(long timer) {
        if (timer >= 0) {
            context.owner().cancelTimer(timer);
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
            onViolation(violation);
        } catch (RuntimeException bug) {
            in.skipBytes(in.readableBytes());
            onBug(bug);
        }
        if (awaitsOpen()) {
            input.pause(ConnectionInput.Wait.OUR_OPEN);
        }
    }

    /** The peer has opened and we have not yet: frames stay unread. */
    boolean awaitsOpen() {
        return remoteOpen != null && !openSent && state == ConnectionState.OPEN;
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

    /** The handshake failed; what it wrote goes out, and the socket goes. */
    void onHandshakeFailed(DisconnectCause.Kind kind, String reason) {
        share.violations().warn(remoteAddress, reason);
        end(new DisconnectCause(kind, reason, null, null));
    }

    private void onViolation(ProtocolViolation violation) {
        ErrorCondition error = violation.condition();
        share.violations().warn(remoteAddress, error.condition() + ": " + error.description());
        var newCause = new DisconnectCause(violation.kind(), String.valueOf(error.description()), error, null);
        if (state == ConnectionState.OPEN) {
            cause = newCause;
            sendClose(error);
        }
        // The next byte may be anything: no answer can be read.
        end(newCause);
    }

    /** A listener of ours failed: this connection alone pays for it. */
    private void onBug(RuntimeException bug) {
        LOG.error("{}: connection closed because of our own failure", remoteAddress, bug);
        ErrorCondition error = AmqpError.INTERNAL_ERROR.because("the connection's other end failed");
        if (state == ConnectionState.OPEN) {
            sendClose(error);
        }
        end(new DisconnectCause(DisconnectCause.Kind.PROTOCOL, "failure at our end: " + bug, error, bug));
    }

    /** A session or link was ended because the peer broke its rules. */
    void onPeerFault(ErrorCondition error) {
        share.violations().warn(remoteAddress, error.condition() + ": " + error.description());
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
        drainEngine();
        endSocket();
    }

    // ---- what the guard asks

    EndpointLimits limits() {
        return limits;
    }

    int channelMax() {
        return channelMax;
    }

    EngineTransport engine() {
        return engine;
    }

    /** The peer's open, before the engine sees it. */
    void onRemoteOpen(Open open) {
        OpenParameters theirs = ProtonPerformatives.fromEngine(open);
        remoteOpen = theirs;
        fit.onRemoteMaxFrameSize(theirs.maxFrameSize());
        cancelTimer(handshakeTimer);
        handshakeTimer = -1;
        if (theirs.idleTimeoutMillis() > 0) {
            idle.keepAlive(theirs.idleTimeoutMillis());
        }
    }

    PeerQuotas quotas() {
        return quotas;
    }

    /** Links that had to wait may send again. */
    void goOn(List<ProtonSendingLink> links) {
        loop.execute(() -> {
            try {
                links.forEach(ProtonSendingLink::onFlow);
            } catch (RuntimeException bug) {
                onBug(bug);
            }
        });
    }

    /** On this connection's loop, also when the connection is over by then. */
    void runLater(long millis, Runnable task) {
        context.setTimer(millis, timer -> task.run());
    }

    /** Elsewhere, where it may block; what came of it is heard on this connection's loop. */
    <T> void runBlocking(Callable<T> task, BiConsumer<T, @Nullable Throwable> then) {
        context.executeBlocking(task, false)
                .onComplete((result, failure) -> guarded(() -> then.accept(result, failure)));
    }

    /** From another thread, in a turn of the loop. */
    void runOnLoop(Runnable task) {
        loop().execute(() -> guarded(task));
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException bug) {
            onBug(bug);
        }
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
            onViolation(violation);
        } catch (RuntimeException bug) {
            onBug(bug);
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
            engine.settleSent(session.localChannel(), deliveryId, ours == null ? null : toEngine(ours));
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

    void onOutputBroken(RuntimeException broken) {
        LOG.error("{}: connection dropped, its output failed", remoteAddress, broken);
        cause = new DisconnectCause(DisconnectCause.Kind.PROTOCOL, "failure at our end: " + broken, null, broken);
        Objects.requireNonNull(socket).abort();
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

    // ---- the end

    private void sendClose(@Nullable ErrorCondition error) {
        ownClose.ask(error);
        become(ConnectionState.CLOSING);
        input.resume(ConnectionInput.Wait.OUR_OPEN);
        closeTimer = context.setTimer(CLOSE_TIMEOUT_MILLIS, timer -> abort());
        touch();
    }

    private void onSilentPeer() {
        if (state == ConnectionState.OPEN) {
            ErrorCondition error =
                    AmqpError.RESOURCE_LIMIT_EXCEEDED.because("nothing was heard for twice the idle timeout");
            share.violations().warn(remoteAddress, String.valueOf(error.description()));
            cause = new DisconnectCause(DisconnectCause.Kind.IDLE, "the peer fell silent", error, null);
            sendClose(error);
        }
        drainEngine();
        endSocket();
    }

    private void keepAlive() {
        // No frame comes before our open, not even an empty one (§2.4.5).
        if (socket != null && openSent && isUsable()) {
            drainEngine();
            socket.output().room().writeLong(KEEP_ALIVE_FRAME);
            socket.output().flush();
        }
    }

    private void end(DisconnectCause newCause) {
        cause = cause != null ? cause : newCause;
        drainEngine();
        endSocket();
    }

    /** What is written goes out, then the socket closes. */
    private void endSocket() {
        if (isUsable()) {
            become(ConnectionState.CLOSING);
        }
        if (socket != null) {
            socket.end();
        } else if (state != ConnectionState.DISCONNECTED) {
            owner.onGone(this);
        }
    }

    private void become(ConnectionState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(remoteAddress + ": " + state + " may not become " + next);
        }
        state = next;
    }

    void assertOnLoop() {
        if (!context.nettyEventLoop().inEventLoop()) {
            throw new IllegalStateException(
                    "off its event loop: " + Thread.currentThread().getName());
        }
    }

    // ---- delivery states, kept as they were last converted: neighbours mostly share one

    org.apache.qpid.proton.amqp.transport.DeliveryState toEngine(DeliveryState ours) {
        if (ours != lastState) {
            lastEngineState = ProtonStates.toEngine(ours);
            lastState = ours;
        }
        return lastEngineState;
    }

    @Nullable
    DeliveryState fromEngine(org.apache.qpid.proton.amqp.transport.@Nullable DeliveryState theirs) {
        return ProtonStates.fromEngine(theirs);
    }
}
