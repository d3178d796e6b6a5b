package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.Deferral;
import dev.godwit.broker.policy.PriorityMode;
import dev.godwit.broker.policy.SlowConsumer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One run of the queue against its model: what is done is drawn, and both are asked what comes of it. */
final class QueueModelRun {
    static final int STEPS = 4_000;

    /** More are not sent until some have left. */
    private static final long READY_MAX = 200;

    private static final long HOUR_MILLIS = 3_600_000;
    private static final int EXPIRED_AGAIN_MAX = 200;

    final Random random;
    final QueueBench bench;
    final QueueModel model;
    final List<QueueModelClient> clients = new ArrayList<>();
    private final boolean detectsDuplicates;
    private final boolean keepsLastValues;

    /** The queue knows how many bytes it holds to the byte, if it was never started again. */
    private final boolean countsBytes;

    /** How long each message is, by its number. */
    private final Map<Integer, Integer> sizes = new HashMap<>();

    private boolean everRestarted;
    AddressSettings settings;
    private final boolean grouped;
    private long step;

    /** By which messages are fetched that were laid aside. */
    final Map<Integer, Long> sequenceNumbers = new HashMap<>();

    /** And perhaps not every message was read that has to be read then. */
    private boolean restarted;

    long deliveries;
    long repeats;
    long losses;
    long pauses;
    long fetches;
    long expiries;
    long weighings;

    QueueModelRun(Random random) {
        this.random = random;
        this.detectsDuplicates = random.nextInt(3) > 0;
        this.keepsLastValues = random.nextInt(3) == 0;
        this.grouped = random.nextBoolean();
        this.countsBytes = random.nextBoolean();
        this.settings = anySettings();
        this.bench = new QueueBench(anyMemory(), settings, new Elsewhere());
        this.model = new QueueModel(bench.loop, settings);
    }

    private long anyMemory() {
        return switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> 10_000 + random.nextInt(200_000);
            default -> 100_000_000;
        };
    }

    private AddressSettings anySettings() {
        var modes = PriorityMode.values();
        return AddressSettings.NONE
                .with(AddressSetting.LAST_VALUE_KEY, keepsLastValues ? "stock" : "")
                .with(AddressSetting.MAX_BYTES, countsBytes ? 1L << 40 : 0L)
                .with(AddressSetting.SLOW_CONSUMER, random.nextBoolean() ? SlowConsumer.NOTIFY : SlowConsumer.NONE)
                .with(AddressSetting.SLOW_CONSUMER_PERIOD, 100L)
                .with(AddressSetting.INDEXED_PROPERTIES, random.nextInt(3) == 0 ? List.of() : anyNames())
                .with(
                        AddressSetting.FAIR_SHARE_KEY,
                        List.of("", "", "third", "stock").get(random.nextInt(4)))
                .with(AddressSetting.DUPLICATE_WINDOW, detectsDuplicates ? HOUR_MILLIS : 0)
                .with(AddressSetting.PRIORITY_MODE, modes[random.nextInt(modes.length)])
                .with(AddressSetting.PRIORITY_MAX_WAIT, 1L + random.nextInt(2_000))
                .with(AddressSetting.DEFERRAL, anyDeferral())
                .with(AddressSetting.MESSAGE_TTL, random.nextInt(4) > 0 ? 0L : 1L + random.nextInt(5_000))
                .with(AddressSetting.EXPIRY_ADDRESS, random.nextBoolean() ? "" : "elsewhere")
                .with(AddressSetting.LOCK_DURATION, random.nextInt(3) > 0 ? 0L : 50L + random.nextInt(500))
                .with(AddressSetting.CONSUMER_TIMEOUT, random.nextInt(4) > 0 ? 0L : 50L + random.nextInt(1_000))
                .with(AddressSetting.MESSAGE_GROUPS, random.nextInt(6) > 0)
                .with(AddressSetting.EXCLUSIVE_CONSUMER, random.nextInt(6) == 0)
                .with(AddressSetting.CIRCUIT_BREAKER_RATIO, random.nextInt(4) == 0 ? 0.1 : 0)
                .with(AddressSetting.CIRCUIT_BREAKER_WINDOW, 1_000L)
                .with(AddressSetting.CIRCUIT_BREAKER_MIN_SAMPLES, 1L + random.nextInt(20))
                .with(AddressSetting.CIRCUIT_BREAKER_PAUSE, 20L)
                .with(AddressSetting.CIRCUIT_BREAKER_PAUSE_MAX, 100L);
    }

    private List<String> anyNames() {
        return random.nextInt(3) == 0 ? List.of("third", "n") : List.of("third");
    }

    /** Not together with last values: which of those are newest a start does not know of what was laid aside. */
    private Deferral anyDeferral() {
        return keepsLastValues || random.nextInt(3) == 0 ? Deferral.OFF : Deferral.ANNOTATION;
    }

    void play() {
        for (step = 0; step < STEPS; step++) {
            model.onStep(step);
            step(random.nextInt(1_000));
        }
        finish();
    }

    private void step(int what) {
        if (what < 300) {
            send(1 + random.nextInt(3));
        } else if (what < 450) {
            bench.loop.run(bench.log::commitNext);
        } else if (what < 480) {
            bench.loop.run(bench.log::commitAll);
        } else if (what < 560) {
            answerSomeRead();
        } else if (what < 590) {
            open();
        } else if (what < 605) {
            if (!clients.isEmpty()) {
                clients.remove(random.nextInt(clients.size())).leave();
            }
        } else if (what < 760) {
            if (!clients.isEmpty()) {
                clients.get(random.nextInt(clients.size())).grant(random.nextInt(10));
            }
        } else if (what < 940) {
            if (!clients.isEmpty()) {
                clients.get(random.nextInt(clients.size())).settleOne();
            }
        } else if (what < 975) {
            bench.loop.advance(random.nextInt(100));
        } else if (what < 980) {
            settings = anySettings();
            model.apply(settings);
            bench.loop.run(() -> bench.queue.apply(settings));
        } else if (what < 982) {
            if (restarted || clients.stream().anyMatch(client -> client.who.fetches != null)) {
                // What is being fetched is not there to be purged.
                // What comes while it finds out which messages came before comes behind the purge.
                settle();
            }
            model.onPurged();
            bench.loop.run(() -> bench.queue.purge(messages -> {}));
        } else if (what < 984) {
            restart();
        } else if (what < 985) {
            sweep();
        } else if (what < 994) {
            settleAndCompare();
        } else if (what < 997) {
            openFetch(model.deferred());
        }
    }

    private void send(int count) {
        for (int i = 0; i < count && model.ready() < READY_MAX; i++) {
            boolean durable = random.nextInt(4) > 0;
            long ttlMillis = random.nextInt(8) == 0 ? 1 + random.nextInt(2_000) : QueueBench.NO_TTL;
            int priority = random.nextInt(3) > 0 ? 4 : random.nextInt(12);
            int number = random.nextInt(8) == 0 ? oneToRepeat() : bench.nextNumber();
            if (detectsDuplicates && model.remembers(number)) {
                repeats++;
                // What is to be kept comes in again when the first was not.
                bench.repeat(
                        number,
                        priority,
                        durable && model.isDurable(number),
                        ttlMillis,
                        MessageProperties.NONE,
                        EnqueueReply.NOBODY);
                continue;
            }
            long expiryMillis = expiryMillis(ttlMillis);
            var group = grouped && random.nextInt(3) > 0 ? "group " + random.nextInt(4) : null;
            model.onSent(number, Math.min(9, priority), durable, expiryMillis, group);
            var reply = durable ? new Sent(number) : EnqueueReply.NOBODY;
            sizes.put(number, bench.repeat(number, priority, durable, ttlMillis, QueueBench.group(group), reply));
        }
    }

    private long expiryMillis(long ttlMillis) {
        long nowMillis = bench.loop.nowMillis();
        long itsOwn = ttlMillis == QueueBench.NO_TTL ? Long.MAX_VALUE : nowMillis + ttlMillis;
        long longestMillis = settings.get(AddressSetting.MESSAGE_TTL);
        return longestMillis == 0 ? itsOwn : Math.min(itsOwn, nowMillis + longestMillis);
    }

    /** A number that was sent lately, if messages are known again; else the next one. */
    private int oneToRepeat() {
        int next = bench.nextNumber();
        return detectsDuplicates ? Math.max(0, next - random.nextInt(200)) : next;
    }

    /** An operator moves messages. */
    private void sweep() {
        int multiplesOf = random.nextBoolean() ? 3 : 1;
        var mover = new Mover(bench.queue, new QueueModel.Consumer(false, multiplesOf, 0, step));
        var filter = multiplesOf == 1 ? null : QueueBench.selector("third");
        var plan = new Sweep.Plan(Sweep.Work.MOVE, filter, 1 + random.nextInt(500), 0);
        bench.loop.run(() -> new QueueDoor(bench.queue).sweep(plan, mover, progress -> {}));
    }

    private void answerSomeRead() {
        if (bench.log.readsWaiting() > 0) {
            bench.loop.run(() -> bench.log.answerRead(random.nextInt(bench.log.readsWaiting())));
        }
    }

    private void open() {
        if (clients.size() < 6) {
            int multiplesOf = random.nextInt(3) == 0 ? 3 : 1;
            int priority = random.nextInt(3) == 0 ? random.nextInt(5) - 2 : 0;
            open(new QueueModel.Consumer(random.nextInt(5) == 0, multiplesOf, priority, step));
        }
    }

    /** Somebody asks for messages that were laid aside, perhaps not for all. */
    private void openFetch(Set<Integer> numbers) {
        // Which of several gets it that ask for the same is not known here.
        numbers.removeIf(number -> random.nextInt(4) == 0
                || clients.stream().anyMatch(other -> other.who.fetches != null && other.who.fetches.contains(number)));
        if (!numbers.isEmpty() && clients.size() < 8) {
            open(new QueueModel.Consumer(false, 1, 0, step, numbers));
        }
    }

    private QueueModelClient open(QueueModel.Consumer who) {
        model.onJoined(who);
        var client = new QueueModelClient(this, who);
        clients.add(client);
        return client;
    }

    boolean hasCredit(QueueModel.Consumer who) {
        return !isPausing() && clients.stream().anyMatch(client -> client.who == who && client.hasCredit());
    }

    /** Nobody is given all that there is. */
    private boolean isPausing() {
        var state = bench.queue.statistics().breaker().state();
        return state == BreakerState.OPEN || state == BreakerState.PROBING;
    }

    private void restart() {
        clients.forEach(QueueModelClient::forget);
        clients.clear();
        restarted = true;
        everRestarted = true;
        bench.restart(settings);
        var stored = new ArrayList<Integer>();
        var deferred = new HashSet<Integer>();
        bench.log.storedMessages().forEach((index, record) -> {
            int number = QueueBench.number(record.body());
            stored.add(number);
            if (bench.log.isDeferred(index)) {
                deferred.add(number);
                sequenceNumbers.put(number, index);
            }
        });
        model.onRestarted(stored, deferred);
    }

    /** When the disk owes nothing, nobody with credit is owed anything. */
    private void settleAndCompare() {
        endPauses();
        settle();
        model.onStep(step);
        weigh();
        for (var client : clients) {
            if (client.hasCredit()) {
                assertThat(model.owedTo(client.who))
                        .as("%s: a message that a consumer with credit should have", settings)
                        .isEqualTo(-1);
            }
        }
        bench.loop.run(() -> bench.queue.apply(settings));
    }

    /** The queue knows how many bytes it holds. */
    private void weigh() {
        var here = model.numbers();
        var counted = bench.statistics();
        long counting = counted.ready() + counted.acquired() + counted.scheduled() + counted.deferred();
        if (counting != here.size() || bench.queue.expired().waiting() > 0) {
            // Some have expired, and are still to be found, or to be taken elsewhere.
            return;
        }
        weighings++;
        long bytes = here.stream().mapToLong(sizes::get).sum();
        if (countsBytes && !everRestarted) {
            assertThat(counted.bytes()).as("bytes of %d messages", here.size()).isEqualTo(bytes);
        } else {
            assertThat(counted.bytes())
                    .as("about the bytes of %d messages", here.size())
                    .isBetween(
                            countsBytes ? bytes : bytes * 3 / 4,
                            countsBytes ? bytes + bytes * 4 / 100 + here.size() : bytes * 3 / 2);
        }
    }

    /** No circuit breaker keeps anything back. */
    private void endPauses() {
        if (bench.statistics().breaker().opened() > 0) {
            pauses++;
        }
        bench.loop.run(() -> bench.queue.apply(settings.with(AddressSetting.CIRCUIT_BREAKER_RATIO, 0.0)));
    }

    private void settle() {
        bench.settle();
        restarted = false;
    }

    private void finish() {
        clients.forEach(QueueModelClient::leave);
        clients.clear();
        endPauses();
        bench.settle();
        model.onStep(++step);
        var deferred = model.deferred();
        if (!deferred.isEmpty()) {
            fetches += deferred.size();
            var fetching = open(new QueueModel.Consumer(false, 1, 0, step, deferred));
            fetching.grant(1_000);
            bench.settle();
            fetching.settleAll();
            fetching.leave();
            clients.clear();
        }
        var last = open(new QueueModel.Consumer(false, 1, 0, step));
        do {
            model.onStep(++step);
            last.settleAll();
            last.grant(1_000);
            bench.settle();
        } while (!last.entries.isEmpty());
        bench.loop.advance(100_000);
        bench.settle();
        for (int again = 0; again < EXPIRED_AGAIN_MAX && !isEmpty(); again++) {
            // What was refused elsewhere is offered once more.
            bench.loop.advance(ExpiredMessages.RETRY_MILLIS);
            bench.settle();
        }
        assertThat(model.isEmpty()).as("the model is empty").isTrue();
        assertThat(bench.log.live()).as("left on the disk").isEmpty();
        assertThat(bench.statistics().ready() + bench.statistics().acquired()).isZero();
        assertThat(bench.statistics().bytes()).isZero();
        last.leave();
        bench.settle();
        assertThat(bench.memory.bytes()).as("counted as held in memory").isZero();
    }

    private boolean isEmpty() {
        var found = new ArrayList<Boolean>();
        bench.loop.run(() -> found.add(bench.queue.isEmpty()));
        return found.get(0);
    }

    /** Where what has expired goes; perhaps not at once. */
    private final class Elsewhere implements DeadLetters {
        @Override
        public boolean isLastResort(String queue) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            assertThat(why.reason()).isEqualTo(DeadLetter.Reason.EXPIRED);
            model.onExpired(QueueBench.number(message));
            expiries++;
            if (random.nextInt(4) == 0) {
                reply.onRefused();
            } else {
                reply.onSafe();
            }
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            throw new AssertionError("nothing large was sent");
        }
    }

    private final class Sent implements EnqueueReply {
        private final int number;

        Sent(int number) {
            this.number = number;
        }

        @Override
        public void onSafe() {
            model.onCommitted(number);
        }

        @Override
        public void onRefused() {
            throw new AssertionError("message " + number + " is refused");
        }

        @Override
        public void onInDoubt() {}
    }

    /** Where moved messages go, and what the model hears of that. */
    private final class Mover implements Sweep.Destination, ProducerDoor {
        private final MessageQueue from;
        private final QueueModel.Consumer who;

        Mover(MessageQueue from, QueueModel.Consumer who) {
            this.from = from;
            this.who = who;
        }

        @Override
        public boolean isChoosy() {
            return random.nextBoolean();
        }

        @Override
        public boolean wants(Message message) {
            return true;
        }

        @Override
        public void leave() {}

        @Override
        public @Nullable ProducerDoor wayOf(Message message) {
            if (bench.queue != from) {
                // The broker that it was in is not there any more.
                return null;
            }
            deliveries++;
            model.onGiven(who, QueueBench.number(message), QueueModelRun.this::hasCredit);
            return this;
        }

        @Override
        public void enqueue(Message message, EnqueueReply reply) {
            model.onConsumed(QueueBench.number(message));
            reply.onSafe();
        }

        @Override
        public LargeMessageDoor openLarge(Message head, LargeMessageReply reply) {
            throw new AssertionError("no large message was sent");
        }
    }
}
