package dev.godwit.jms.session;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.GlobalTransaction;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderLoop;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import dev.godwit.jms.provider.ServerAddress;
import dev.godwit.jms.provider.Settlement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A provider without a wire: answers on the caller's thread, does what the test says, and writes down what was asked. */
final class FakeBroker implements ProviderFactory {
    /** Everything that was asked, in order. */
    final List<String> log = new CopyOnWriteArrayList<>();

    final List<FakeReceiver> receivers = new CopyOnWriteArrayList<>();
    final List<SendReply> heldReplies = new CopyOnWriteArrayList<>();
    final List<ProviderListener> listeners = new CopyOnWriteArrayList<>();
    final List<MessageEnvelope> encoded = new CopyOnWriteArrayList<>();
    volatile boolean anonymousRelay = true;
    volatile boolean closesSenders;
    volatile boolean holdsSends;
    volatile boolean canWithdraw;
    volatile boolean silent;

    /** What a message called "slow" waits for before it can be read. */
    final CompletableFuture<String> reading = new CompletableFuture<>();

    volatile boolean holdsDrains;

    /** Closed receivers stay attached until {@link FakeReceiver#detached}, as they do while something is to be settled. */
    volatile boolean holdsCloses;

    /** When a receiver is open; at once when there is none. */
    volatile @Nullable CompletableFuture<?> opening;

    volatile @Nullable ProviderException refusal;
    private int temporaryNumber;

    ClientConnection connect() throws Exception {
        return connect(settings(1_000));
    }

    ClientConnection connect(ConnectionSettings settings) throws Exception {
        return new Opening(this, settings).connect();
    }

    static ConnectionSettings settings(int prefetch) {
        return settings(prefetch, 5_000);
    }

    static ConnectionSettings settings(int prefetch, long timeoutMillis) {
        ConnectionSettings defaults = ConnectionSettings.DEFAULT;
        return new ConnectionSettings(
                timeoutMillis,
                timeoutMillis,
                timeoutMillis,
                timeoutMillis,
                defaults.naming(),
                new ConnectionSettings.Sending(64 * 1024, false, false, false, MessageIdType.DEFAULT),
                defaults.receiving().withPrefetch(ConnectionSettings.Prefetch.all(prefetch)),
                defaults.daemonThreads(),
                defaults.validatesPropertyNames(),
                defaults.deserializationPolicy());
    }

    FakeReceiver receiver() {
        return receivers.get(receivers.size() - 1);
    }

    private <T> CompletableFuture<T> answer(String what, T result) {
        log.add(what);
        if (silent) {
            return new CompletableFuture<>();
        }
        ProviderException failure = refusal;
        return failure == null ? CompletableFuture.completedFuture(result) : CompletableFuture.failedFuture(failure);
    }

    @SuppressWarnings("NullAway")
    private CompletableFuture<Void> done(String what) {
        return answer(what, null);
    }

    @Override
    public CompletableFuture<Provider> connect(ConnectRequest request, ProviderListener listener) {
        listeners.add(listener);
        return answer("connect" + (request.exclusive() ? " as " + request.clientId() : ""), new FakeProvider());
    }

    @Override
    public String describe() {
        return "fake";
    }

    @Override
    public ProviderLoop enterLoop() {
        throw new UnsupportedOperationException("there is no loop");
    }

    @Override
    public long attemptMillis() {
        return -1;
    }

    @Override
    public ProviderFactory at(ServerAddress server) {
        throw new UnsupportedOperationException("there is no other node");
    }

    private final class FakeProvider implements Provider {
        @Override
        public ConnectionFacts facts() {
            return new ConnectionFacts("fake", null, null, anonymousRelay, List.of());
        }

        @Override
        public CompletableFuture<ProviderSession> openSession(boolean transacted) {
            return answer("session", new FakeSession());
        }

        @Override
        public CompletableFuture<GlobalSession> openGlobalSession() {
            return answer("global session", new FakeGlobalSession());
        }

        @Override
        public CompletableFuture<Address> createTemporary(Address.Kind kind) {
            return answer("temporary", new Address("temp-" + ++temporaryNumber, kind));
        }

        @Override
        public CompletableFuture<Void> deleteTemporary(Address address) {
            return done("delete " + address.name());
        }

        @Override
        public CompletableFuture<Void> unsubscribe(String subscriptionName) {
            return done("unsubscribe " + subscriptionName);
        }

        @Override
        public CompletableFuture<Void> close() {
            return done("close connection");
        }
    }

    /** One in which nothing can be begun. */
    private final class FakeGlobalSession extends FakeSession implements GlobalSession {
        private static UnsupportedOperationException none() {
            return new UnsupportedOperationException("there are no global transactions");
        }

        @Override
        public CompletableFuture<GlobalTransaction> begin(byte[] globalId) {
            throw none();
        }

        @Override
        public void enter(@Nullable GlobalTransaction transaction) {
            throw none();
        }

        @Override
        public CompletableFuture<Void> decide(byte[] globalId, boolean commit) {
            throw none();
        }

        @Override
        public CompletableFuture<Optional<byte[]>> next(byte @Nullable [] after) {
            throw none();
        }
    }

    private class FakeSession implements ProviderSession {
        @Override
        public CompletableFuture<Sender> openSender(@Nullable Address target) {
            return answer("sender " + (target == null ? "anywhere" : target.name()), new FakeSender());
        }

        @Override
        public CompletableFuture<Receiver> openReceiver(ReceiverRequest request, ReceiverListener listener) {
            FakeReceiver receiver = new FakeReceiver(request, listener);
            receivers.add(receiver);
            CompletableFuture<?> opened = opening;
            if (opened != null) {
                return opened.thenApply(now -> receiver);
            }
            return answer("receiver " + request.source().name(), receiver);
        }

        @Override
        public CompletableFuture<Void> commit() {
            return done("commit");
        }

        @Override
        public CompletableFuture<Void> rollback() {
            return done("rollback");
        }

        @Override
        public CompletableFuture<Void> close() {
            return done("close session");
        }
    }

    private record FakeEncoded(String text) implements Sender.Encoded {
        @Override
        public int sizeBytes() {
            return 1_000;
        }
    }

    private final class FakeSender implements Sender {
        @Override
        public boolean isOpen() {
            return !closesSenders;
        }

        @Override
        public boolean delaysDelivery() {
            return false;
        }

        @Override
        public Encoded encode(MessageEnvelope message) {
            encoded.add(message);
            return new FakeEncoded(message.body() instanceof MessageBody.Text text ? text.text() + "" : "?");
        }

        @Override
        public Encoded readdress(Encoded message, @Nullable Address destination, @Nullable Address replyTo) {
            throw new UnsupportedOperationException("nobody fails over here");
        }

        @Override
        public void send(Encoded message, SendReply reply) {
            log.add("send " + ((FakeEncoded) message).text());
            ProviderException failure = refusal;
            if (holdsSends) {
                heldReplies.add(reply);
            } else if (failure == null) {
                reply.onAccepted();
            } else {
                reply.onFailed(failure);
            }
        }

        @Override
        public CompletableFuture<Boolean> withdraw(Encoded message) {
            return CompletableFuture.completedFuture(canWithdraw);
        }

        @Override
        public CompletableFuture<Void> close() {
            return done("close sender");
        }
    }

    @SuppressWarnings("NullAway")
    private static void answer(CompletableFuture<Void> held) {
        held.complete(null);
    }

    /** A consumer's end, with the broker's hand on it. */
    final class FakeReceiver implements Receiver {
        final ReceiverRequest request;
        final List<Integer> grants = new CopyOnWriteArrayList<>();
        private final ReceiverListener listener;
        private final AtomicInteger credit = new AtomicInteger();
        private volatile CompletableFuture<Void> heldDrain = new CompletableFuture<>();

        FakeReceiver(ReceiverRequest request, ReceiverListener listener) {
            this.request = request;
            this.listener = listener;
        }

        int credit() {
            return credit.get();
        }

        @Override
        public void grant(int messages) {
            grants.add(messages);
            credit.addAndGet(messages);
        }

        @Override
        public CompletableFuture<Void> drain() {
            if (holdsDrains) {
                log.add("drain");
                heldDrain = new CompletableFuture<>();
                return heldDrain;
            }
            credit.set(0);
            return done("drain");
        }

        /** The broker answers the drain that it held. */
        void drained() {
            credit.set(0);
            answer(heldDrain);
        }

        @Override
        public CompletableFuture<Void> close() {
            if (!holdsCloses) {
                listener.onDetached();
            }
            return done("close receiver");
        }

        /** What was received has been settled, so the broker lets the receiver go. */
        void detached() {
            listener.onDetached();
        }

        void closeByBroker(ProviderException cause) {
            listener.onClosed(cause);
        }

        void deliver(String text) {
            MessageEnvelope envelope = new MessageEnvelope();
            deliver(text, envelope);
        }

        void deliver(String text, MessageEnvelope envelope) {
            credit.decrementAndGet();
            envelope.setBody(new MessageBody.Text(text));
            listener.onDelivery(new Delivery() {
                @Override
                public MessageEnvelope read() {
                    if (text.equals("slow")) {
                        log.add("read slow");
                        reading.join();
                    }
                    if (text.equals("broken")) {
                        throw new IllegalStateException("a fault of the reader");
                    }
                    if (text.equals("unreadable")) {
                        throw new ProviderException(ProviderException.Reason.MESSAGE_FORMAT, "garbage");
                    }
                    MessageEnvelope copy = new MessageEnvelope();
                    copy.setBody(new MessageBody.Text(text));
                    copy.setRedeliveries(envelope.redeliveries());
                    copy.setPriority(envelope.priority());
                    copy.setExpirationMillis(envelope.expirationMillis());
                    return copy;
                }

                @Override
                public int priority() {
                    return envelope.priority();
                }

                @Override
                public void settle(Settlement settlement) {
                    log.add(settlement + " " + text);
                }
            });
        }
    }
}
