package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderLoop;
import dev.godwit.jms.provider.ProviderSession;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that looks for another node when its own is lost, and makes anew there what was on the last. Its methods may be
 * called from any thread; its state, and that of its sessions and links, is owned by the loop on which the connections of its
 * nodes live, too.
 *
 * <p>What is asked while there is no connection waits for it, as does what was asked and not answered when it was lost.
 */
final class FailoverProvider implements Provider {
    private static final Logger LOG = LoggerFactory.getLogger(FailoverProvider.class);

    /** A connection that lives for so long is none of those that break as soon as they are there. */
    private static final long LASTING_MILLIS = 1_000;

    /** What the connection is about; {@link #become} changes it. */
    private enum State {
        /** No node has let us in yet. */
        CONNECTING,
        /** What was on the last connection is there on this one. */
        CONNECTED,
        /** The connection was lost. Another is being looked for, or has been found, and not all is there on it yet. */
        INTERRUPTED,
        /** Closed, or given up. */
        ENDED
    }

    private final ProviderLoop loop;
    private final ProviderListener listener;
    private final CompletableFuture<Provider> connected = new PendingAnswer<>(this::status);
    private final Set<FailoverSession> sessions = new LinkedHashSet<>();
    private final Deque<Request<?>> parked = new ArrayDeque<>();
    private final TemporaryAddresses temporary = new TemporaryAddresses();
    private final AcknowledgedMessages acknowledged = new AcknowledgedMessages();
    private final PreparedPlaces prepared = new PreparedPlaces();
    private volatile ConnectionFacts facts = ConnectionFacts.unknown("");
    private volatile State state = State.CONNECTING;
    private @Nullable ProviderException ended;

    /** Of the latest attempt. */
    private ConnectRequest request;

    /** The connection that is there, or is being made; null between two attempts. */
    private @Nullable Incarnation current;

    private final NodeSearch search;
    private final Interruption interruption = new Interruption();

    FailoverProvider(
            ProviderLoop loop, NodeList nodes, ReconnectPlan plan, ConnectRequest request, ProviderListener listener) {
        this.loop = loop;
        this.request = request;
        this.listener = listener;
        this.search = new NodeSearch(loop, nodes, plan, new Searching());
    }

    CompletableFuture<Provider> connect() {
        Answered.hear(connected, () -> {
            if (connected.isCancelled()) {
                loop.execute(() -> end(new ProviderException(Reason.CLOSED, "nobody waits for the connection")));
            }
        });
        loop.execute(search::begin);
        return connected;
    }

    private void become(State next) {
        state = next;
    }

    // What comes of the search.

    private final class Searching implements NodeSearch.Listener {
        @Override
        public void onNode(ProviderFactory node) {
            Incarnation next = new Incarnation(node);
            current = next;
            next.connect();
        }

        @Override
        public boolean doRefusalsCount() {
            return state == State.CONNECTING || interruption.doLoginRefusalsCount();
        }

        @Override
        public void onGivenUp(ProviderException cause) {
            end(cause);
        }
    }

    private void onAttemptFailed(Incarnation failed, ProviderException cause) {
        if (current != failed || state == State.ENDED) {
            return;
        }
        current = null;
        failed.abandon();
        sessions.forEach(FailoverSession::detach);
        search.onFailed(failed.node, cause);
        parked.removeIf(each -> each.answer().isDone());
        if (state == State.CONNECTING && search.isFinalAtFirst(cause)) {
            end(cause);
        } else {
            search.tryNext();
        }
    }

    private void onLost(Incarnation lost, ProviderException cause) {
        if (current != lost || state == State.ENDED) {
            return;
        }
        if (state != State.CONNECTED) {
            onAttemptFailed(lost, cause);
            return;
        }
        current = null;
        lost.abandon();
        interruption.begin(loop);
        become(State.INTERRUPTED);
        LOG.info(
                "Connection {} to {} was lost and is made anew: {}",
                request.clientId(),
                facts.broker(),
                cause.getMessage());
        listener.onInterrupted(cause);
        acknowledged.onInterrupted();
        List.copyOf(sessions).forEach(FailoverSession::onInterrupted);
        search.begin(cause);
    }

    private void onAllThere(Incarnation there, Provider provider) {
        if (current != there || state == State.ENDED) {
            return;
        }
        boolean first = state == State.CONNECTING;
        interruption.end();
        facts = provider.facts();
        search.onConnected(there.node, facts.servers());
        there.awaitLasting();
        become(State.CONNECTED);
        if (first) {
            if (!connected.complete(this)) {
                end(new ProviderException(Reason.CLOSED, "nobody waits for the connection"));
            }
            return;
        }
        LOG.info("Connection {} goes on with {}", request.clientId(), facts.broker());
        List.copyOf(sessions).forEach(FailoverSession::resume);
        List<Request<?>> waiting = new ArrayList<>(parked);
        parked.clear();
        waiting.forEach(Request::put);
        listener.onRestored(facts);
    }

    /** One connection to one node, or the attempt to make it. */
    private final class Incarnation implements ProviderListener {
        private final ProviderFactory node;
        private CompletableFuture<Provider> connecting = new CompletableFuture<>();
        private @Nullable Provider provider;
        private ProviderLoop.@Nullable Timer timer;

        private Incarnation(ProviderFactory node) {
            this.node = node;
        }

        void connect() {
            long limitMillis = node.attemptMillis();
            if (limitMillis > 0) {
                timer = loop.schedule(
                        limitMillis,
                        () -> onAttemptFailed(
                                this,
                                new ProviderException(
                                        Reason.CONNECTION_LOST,
                                        node.describe() + " has not let us in within " + limitMillis + " ms")));
            }
            request = request.next();
            connecting = node.connect(request, this);
            Answered.hear(connecting, this::onConnected, cause -> onAttemptFailed(this, cause));
        }

        private void onConnected(Provider made) {
            provider = made;
            if (current != this || state == State.ENDED) {
                Answered.ignore(made.close());
                return;
            }
            Answered.hear(
                    restore(made),
                    done -> {
                        stopTimer();
                        onAllThere(this, made);
                    },
                    cause -> onAttemptFailed(this, cause));
        }

        @Override
        public void onConnectionLost(ProviderException cause) {
            onLost(this, cause);
        }

        /** If it lasts, the next loss is no continuation of this one. */
        void awaitLasting() {
            timer = loop.schedule(LASTING_MILLIS, search::onLasting);
        }

        void abandon() {
            stopTimer();
            connecting.cancel(false);
            if (provider != null) {
                Answered.ignore(provider.close());
            }
        }

        private void stopTimer() {
            if (timer != null) {
                timer.cancel();
                timer = null;
            }
        }
    }

    /** Has everything made on a new connection: first what others refer to. */
    private CompletableFuture<?> restore(Provider made) {
        return temporary
                .restore(made, interruption)
                .thenCompose(done -> CompletableFuture.allOf(
                        sessions.stream().map(each -> each.restore(made)).toArray(CompletableFuture[]::new)));
    }

    // The port.

    @Override
    public ConnectionFacts facts() {
        return facts;
    }

    @Override
    public String status() {
        if (state == State.CONNECTED) {
            return "connected to " + facts.broker();
        }
        return search.status(facts.broker());
    }

    @Override
    public CompletableFuture<ProviderSession> openSession(boolean transacted) {
        return ask(
                provider -> provider.openSession(transacted),
                opened -> {
                    FailoverSession session = new FailoverSession(this, transacted, opened);
                    sessions.add(session);
                    return session;
                },
                opened -> Answered.ignore(opened.close()));
    }

    @Override
    public CompletableFuture<GlobalSession> openGlobalSession() {
        return ask(
                Provider::openGlobalSession,
                opened -> {
                    FailoverGlobalSession session = new FailoverGlobalSession(this, opened);
                    sessions.add(session);
                    return session;
                },
                opened -> Answered.ignore(opened.close()));
    }

    @Override
    public CompletableFuture<Address> createTemporary(Address.Kind kind) {
        return ask(
                provider -> provider.createTemporary(kind),
                made -> {
                    temporary.add(made);
                    return made;
                },
                made -> Answered.ignore(deleteTemporary(made)));
    }

    @Override
    public CompletableFuture<Void> deleteTemporary(Address address) {
        return ask(
                provider -> {
                    Address there = temporary.remove(address);
                    return provider.deleteTemporary(there == null ? address : there);
                },
                Function.identity(),
                done -> {});
    }

    @Override
    public CompletableFuture<Void> unsubscribe(String subscriptionName) {
        return ask(provider -> provider.unsubscribe(subscriptionName), Function.identity(), done -> {});
    }

    @Override
    @SuppressWarnings("NullAway")
    public CompletableFuture<Void> close() {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        boolean runs = loop.execute(() -> {
            Incarnation last = current;
            Provider there = last == null || state == State.ENDED ? null : last.provider;
            boolean goodbye = there != null && state == State.CONNECTED;
            CompletableFuture<Void> farewell = goodbye ? there.close() : CompletableFuture.completedFuture(null);
            endQuietly(new ProviderException(Reason.CLOSED, "the connection is closed"));
            Answered.hear(farewell, () -> Answered.done(closed));
        });
        if (!runs) {
            Answered.done(closed);
        }
        return closed;
    }

    /** It is over, and who uses it hears why. */
    private void end(ProviderException cause) {
        if (state != State.ENDED) {
            boolean wasConnected = connected.isDone() && !connected.isCompletedExceptionally();
            if (wasConnected) {
                listener.onConnectionLost(cause);
            }
            endQuietly(cause);
        }
    }

    private void endQuietly(ProviderException cause) {
        if (state == State.ENDED) {
            return;
        }
        become(State.ENDED);
        ended = cause;
        Incarnation last = current;
        current = null;
        search.end();
        interruption.end();
        if (last != null) {
            last.abandon();
        }
        List.copyOf(sessions).forEach(each -> each.end(cause));
        sessions.clear();
        parked.forEach(each -> each.fail(cause));
        parked.clear();
        connected.completeExceptionally(cause);
        loop.release();
    }

    // For the sessions of this connection. On the loop, save where it says otherwise.

    /** Has a question put to the connection, as soon as there is one. From any thread. */
    private <A, T> CompletableFuture<T> ask(
            Function<Provider, CompletableFuture<A>> question, Function<A, T> made, Consumer<A> unwanted) {
        return ask(
                () -> {
                    Provider there = current == null ? null : current.provider;
                    if (there == null) {
                        throw new IllegalStateException("a question without a connection");
                    }
                    return question.apply(there);
                },
                made,
                unwanted);
    }

    /**
     * Has a question put as soon as there is a connection, and again when that is lost before the answer. From any thread.
     *
     * @param question called on the loop, while all is there
     * @param made makes of the answer what is wanted, on the loop
     * @param unwanted takes the answer when nobody waits for it any more
     */
    <A, T> CompletableFuture<T> ask(
            Supplier<CompletableFuture<A>> question, Function<A, T> made, Consumer<A> unwanted) {
        CompletableFuture<T> answer = new PendingAnswer<>(this::status);
        Request<T> asked = new Request<>(answer, this, wanted -> {
            Incarnation by = current;
            Answered.hear(
                    question.get(),
                    granted -> {
                        if (answer.isDone()) {
                            unwanted.accept(granted);
                        } else {
                            answer.complete(made.apply(granted));
                        }
                    },
                    cause -> {
                        if (current == by) {
                            answer.completeExceptionally(cause);
                        } else {
                            wanted.put();
                        }
                    });
        });
        if (!loop.execute(asked::put)) {
            answer.completeExceptionally(new ProviderException(Reason.CLOSED, "the connection is closed"));
        }
        return answer;
    }

    /** Until there is a connection. */
    void park(Request<?> request) {
        parked.add(request);
    }

    boolean execute(Runnable task) {
        return loop.execute(task);
    }

    boolean isConnected() {
        return state == State.CONNECTED;
    }

    @Nullable
    ProviderException ended() {
        return ended;
    }

    Interruption interruption() {
        return interruption;
    }

    TemporaryAddresses temporary() {
        return temporary;
    }

    AcknowledgedMessages acknowledged() {
        return acknowledged;
    }

    PreparedPlaces prepared() {
        return prepared;
    }

    void remove(FailoverSession session) {
        sessions.remove(session);
    }
}
