package dev.godwit.jms.failover;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.AskableSession;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.GlobalTransaction;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProducerNumber;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
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
import dev.godwit.jms.provider.Succession;
import dev.godwit.jms.provider.TransactionFate;
import dev.godwit.jms.provider.TransactionName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A node without a wire, of which the test says what it does. Everything happens on the thread of the test. */
final class ScriptedNode implements ProviderFactory {
    /** What all nodes of a test were asked, in order. */
    private final List<String> log;

    private final String name;
    private final HandLoop loop;

    /** As which it was asked to take whose place. */
    final List<Succession> successions = new ArrayList<>();

    /** Refuses connections, with this. */
    @Nullable
    ProviderException down;

    /** By what it logs in. */
    String login = "";

    /** Refuses links to these, with that. */
    final Map<String, ProviderException> refused = new LinkedHashMap<>();

    /** Never answers a connection. */
    boolean silent;

    /** Answers for links wait until they are let go. */
    boolean isHolding;

    private final List<Runnable> held = new ArrayList<>();

    /** Answers sends at once. */
    boolean accepts = true;

    /** Answers a commit; else it hangs. */
    boolean commits = true;

    /** Says later what became of commits, with this. */
    boolean keepsOutcomes;

    TransactionFate fate = TransactionFate.UNKNOWN;

    /** Does not say it. */
    boolean isHoldingFate;

    private @Nullable CompletableFuture<TransactionFate> asking;

    private record Name(String text) implements TransactionName {}

    /** What it says of the journal that it keeps; null when it says nothing. */
    @Nullable
    UUID journal;

    /** The global transactions that are prepared here. */
    final Set<String> prepared = new TreeSet<>();

    /** What is asked of these, by its first word, has no answer until the connection breaks, and fails with that then. */
    final Map<String, Reason> unheard = new LinkedHashMap<>();

    private final List<Runnable> atBreak = new ArrayList<>();

    List<ServerAddress> servers = List.of();
    private final Map<String, Come> receivers = new LinkedHashMap<>();
    final List<SendReply> unanswered = new ArrayList<>();
    final List<ProducerNumber> numbers = new ArrayList<>();
    private @Nullable ProviderListener listener;
    private int life;
    private int temporaryNumber;
    private @Nullable CompletableFuture<Void> commit;

    ScriptedNode(String name, HandLoop loop, List<String> log) {
        this.name = name;
        this.loop = loop;
        this.log = log;
    }

    /** The latest one of that name. */
    Come receiver(String address) {
        return Objects.requireNonNull(receivers.get(address));
    }

    private void log(String what) {
        log.add(name + ": " + what);
    }

    @Override
    public CompletableFuture<Provider> connect(ConnectRequest request, ProviderListener hearing) {
        log("connect");
        successions.add(Objects.requireNonNull(request.succession()));
        if (silent) {
            return new CompletableFuture<>();
        }
        if (down != null) {
            return CompletableFuture.failedFuture(down);
        }
        listener = hearing;
        receivers.clear();
        unanswered.clear();
        return CompletableFuture.completedFuture(new Connection(++life));
    }

    @Override
    public String describe() {
        return name;
    }

    @Override
    public ProviderLoop enterLoop() {
        return loop;
    }

    @Override
    public Object login() {
        return login;
    }

    @Override
    public long attemptMillis() {
        return 5_000;
    }

    @Override
    public ProviderFactory at(ServerAddress server) {
        return new ScriptedNode(server.networkHost(), loop, log);
    }

    /** The connection breaks, as it does for a provider: first the listener hears, then whoever waits. */
    void breakConnection() {
        ProviderListener hearing = listener;
        listener = null;
        life++;
        ProviderException cause = new ProviderException(Reason.CONNECTION_LOST, name + " is gone");
        if (hearing != null) {
            hearing.onConnectionLost(cause);
        }
        List<SendReply> all = List.copyOf(unanswered);
        unanswered.clear();
        all.forEach(each -> each.onFailed(cause));
        if (commit != null) {
            commit.completeExceptionally(new ProviderException(Reason.TRANSACTION_IN_DOUBT, "in doubt"));
            commit = null;
        }
        if (asking != null) {
            asking.completeExceptionally(cause);
            asking = null;
        }
        List<Runnable> unanswerable = List.copyOf(atBreak);
        atBreak.clear();
        unanswerable.forEach(Runnable::run);
    }

    private <T> CompletableFuture<T> answer(int mine, String what, T result) {
        log(what);
        if (mine != life) {
            return CompletableFuture.failedFuture(new ProviderException(Reason.CONNECTION_LOST, "gone"));
        }
        ProviderException cause = refused.get(what);
        if (isHolding && (what.startsWith("sender") || what.startsWith("receiver"))) {
            CompletableFuture<T> later = new CompletableFuture<>();
            held.add(() -> later.complete(result));
            return later;
        }
        return cause == null ? CompletableFuture.completedFuture(result) : CompletableFuture.failedFuture(cause);
    }

    void letGo() {
        isHolding = false;
        held.forEach(Runnable::run);
        held.clear();
    }

    @SuppressWarnings("NullAway")
    private CompletableFuture<Void> done(int mine, String what) {
        return answer(mine, what, null);
    }

    private final class Connection implements Provider {
        private final int mine;

        private Connection(int mine) {
            this.mine = mine;
        }

        @Override
        public ConnectionFacts facts() {
            return new ConnectionFacts(name, null, journal, true, servers);
        }

        @Override
        public CompletableFuture<ProviderSession> openSession(boolean transacted) {
            return answer(mine, "session", new Session(mine));
        }

        @Override
        public CompletableFuture<GlobalSession> openGlobalSession() {
            return answer(mine, "global session", new Branches(mine));
        }

        @Override
        public CompletableFuture<Address> createTemporary(Address.Kind kind) {
            return answer(mine, "temporary", new Address("temp-" + name + "-" + ++temporaryNumber, kind));
        }

        @Override
        public CompletableFuture<Void> deleteTemporary(Address address) {
            return done(mine, "delete " + address.name());
        }

        @Override
        public CompletableFuture<Void> unsubscribe(String subscriptionName) {
            return done(mine, "unsubscribe " + subscriptionName);
        }

        @Override
        public CompletableFuture<Void> close() {
            return done(mine, "close");
        }
    }

    private class Session implements AskableSession {
        final int mine;

        private Session(int mine) {
            this.mine = mine;
        }

        @Override
        public CompletableFuture<Sender> openSender(@Nullable Address target) {
            return answer(mine, "sender " + (target == null ? "anywhere" : target.name()), new Go(mine));
        }

        @Override
        public CompletableFuture<Receiver> openReceiver(ReceiverRequest request, ReceiverListener hearing) {
            Come come = new Come(mine, hearing);
            receivers.put(request.source().name(), come);
            return answer(mine, "receiver " + request.source().name(), come);
        }

        @Override
        public CompletableFuture<Void> commit() {
            if (!commits) {
                log("commit");
                commit = new CompletableFuture<>();
                return commit;
            }
            return done(mine, "commit");
        }

        @Override
        public @Nullable TransactionName transactionName() {
            return keepsOutcomes ? new Name(name + mine) : null;
        }

        @Override
        public @Nullable TransactionName nameOf(GlobalTransaction transaction) {
            return transactionName();
        }

        @Override
        public CompletableFuture<TransactionFate> inquire(TransactionName asked, long ageMillis) {
            CompletableFuture<TransactionFate> told = answer(mine, "inquire " + ((Name) asked).text(), fate);
            if (isHoldingFate) {
                asking = new CompletableFuture<>();
                return asking;
            }
            return told;
        }

        @Override
        public CompletableFuture<Void> rollback() {
            return done(mine, "rollback");
        }

        @Override
        public CompletableFuture<Void> close() {
            return done(mine, "close session");
        }
    }

    /** A session for global transactions, whose ids are texts. */
    private final class Branches extends Session implements GlobalSession {
        private Branches(int mine) {
            super(mine);
        }

        private <T> CompletableFuture<T> ask(String word, String rest, Supplier<T> done) {
            String what = (word + ' ' + rest).strip();
            Reason loss = unheard.get(word);
            if (loss == null) {
                return done(mine, what).thenApply(granted -> done.get());
            }
            log(what);
            CompletableFuture<T> lost = new CompletableFuture<>();
            atBreak.add(() -> lost.completeExceptionally(new ProviderException(loss, "nobody has heard " + what)));
            return lost;
        }

        @Override
        public CompletableFuture<GlobalTransaction> begin(byte[] globalId) {
            String id = text(globalId);
            return ask("begin", id, () -> new Branch(this, id));
        }

        @Override
        public void enter(@Nullable GlobalTransaction transaction) {
            log("enter " + (transaction instanceof Branch branch ? branch.id : "none"));
        }

        @Override
        @SuppressWarnings("NullAway")
        public CompletableFuture<Void> decide(byte[] globalId, boolean decision) {
            String id = text(globalId);
            return ask("decide", id, () -> {
                if (!prepared.remove(id)) {
                    throw new ProviderException(Reason.TRANSACTION_UNKNOWN, name + " does not know " + id);
                }
                return null;
            });
        }

        @Override
        public CompletableFuture<Optional<byte[]>> next(byte @Nullable [] after) {
            String last = after == null ? "" : text(after);
            return ask("next", last, () -> prepared.stream()
                    .filter(each -> each.compareTo(last) > 0)
                    .findFirst()
                    .map(each -> each.getBytes(UTF_8)));
        }

        private static String text(byte[] globalId) {
            return new String(globalId, UTF_8);
        }
    }

    private final class Branch implements GlobalTransaction {
        private final Branches session;
        private final String id;

        private Branch(Branches session, String id) {
            this.session = session;
            this.id = id;
        }

        @Override
        public CompletableFuture<Boolean> prepare() {
            return session.ask("prepare", id, () -> prepared.add(id));
        }

        @Override
        @SuppressWarnings("NullAway")
        public CompletableFuture<Void> discharge(boolean commits) {
            return session.ask("discharge", id, () -> null);
        }
    }

    private record Written(String text) implements Sender.Encoded {
        @Override
        public int sizeBytes() {
            return text.length();
        }
    }

    private final class Go implements Sender {
        private final int mine;

        private Go(int mine) {
            this.mine = mine;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean delaysDelivery() {
            return true;
        }

        @Override
        public Encoded encode(MessageEnvelope message) {
            String text = message.body() instanceof MessageBody.Text body ? String.valueOf(body.text()) : "?";
            return new Written(
                    message.replyTo() == null
                            ? text
                            : text + " for " + message.replyTo().name());
        }

        @Override
        public Encoded encode(MessageEnvelope message, ProducerNumber number) {
            numbers.add(number);
            return encode(message);
        }

        @Override
        public Encoded readdress(Encoded message, @Nullable Address destination, @Nullable Address replyTo) {
            String text = ((Written) message).text().replaceFirst(" for .*", "");
            return new Written(replyTo == null ? text : text + " for " + replyTo.name());
        }

        @Override
        public void send(Encoded message, SendReply reply) {
            log("send " + ((Written) message).text());
            if (accepts && mine == life) {
                reply.onAccepted();
            } else {
                unanswered.add(reply);
            }
        }

        @Override
        public CompletableFuture<Boolean> withdraw(Encoded message) {
            return CompletableFuture.completedFuture(false);
        }

        @Override
        public CompletableFuture<Void> close() {
            return done(mine, "close sender");
        }
    }

    /** A receiver's end, with the broker's hand on it. */
    final class Come implements Receiver {
        private final int mine;
        private final ReceiverListener hearing;
        int credit;

        /** Delivered as the next drain begins. */
        final List<Runnable> beforeDrained = new ArrayList<>();

        private Come(int mine, ReceiverListener hearing) {
            this.mine = mine;
            this.hearing = hearing;
        }

        @Override
        public void grant(int messages) {
            log("grant " + messages);
            credit += messages;
        }

        @Override
        public CompletableFuture<Void> drain() {
            List<Runnable> first = List.copyOf(beforeDrained);
            beforeDrained.clear();
            first.forEach(Runnable::run);
            credit = 0;
            return done(mine, "drain");
        }

        @Override
        public CompletableFuture<Void> close() {
            return done(mine, "close receiver");
        }

        /** Delivers; the settlement is confirmed if the test runs what the log of confirmations gets. */
        void deliver(String text, @Nullable UUID identity, List<Runnable> confirmations) {
            credit--;
            hearing.onDelivery(new Delivery() {
                @Override
                public MessageEnvelope read() {
                    MessageEnvelope envelope = new MessageEnvelope();
                    envelope.setBody(new MessageBody.Text(text));
                    return envelope;
                }

                @Override
                public int priority() {
                    return MessageEnvelope.DEFAULT_PRIORITY;
                }

                @Override
                public @Nullable UUID identity() {
                    return identity;
                }

                @Override
                public void settle(Settlement settlement) {
                    log((mine == life ? "" : "in vain ") + settlement + " " + text);
                }

                @Override
                public void settle(Settlement settlement, Runnable onConfirmed) {
                    settle(settlement);
                    confirmations.add(onConfirmed);
                }
            });
        }
    }
}
