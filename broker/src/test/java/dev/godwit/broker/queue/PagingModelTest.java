package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A queue whose messages do not fit into memory, against a model that only knows what was sent: whatever order sends,
 * commits, reads, gives, returns and deadlines come in, messages of a priority are given out in order, each once, with the right
 * bytes.
 */
class PagingModelTest {
    private static final long QUEUE_ID = 7;
    private static final int STEPS = 3_000;

    static List<Long> seeds() {
        var fixed = Long.getLong("godwit.seed");
        if (fixed != null) {
            return List.of(fixed);
        }
        var random = new Random();
        var seeds = new ArrayList<Long>();
        for (int i = 0; i < 12; i++) {
            seeds.add(random.nextLong());
        }
        return seeds;
    }

    /** Runs with {@code -Dgodwit.seed=…} again. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void keepsOrderAndLosesNothing(long seed) {
        new Run(seed).play();
    }

    private static final class Run implements DeadLetters {
        private final Random random;
        private final ManualEventLoop loop = new ManualEventLoop();
        private final ManualLog log = new ManualLog();
        private final MessageMemory memory;
        private final MessageQueue queue;
        private final ProducerDoor producer;
        private final List<Consumer> consumers = new ArrayList<>();
        private final ArrayDeque<EnqueueReply> deadLetterReplies = new ArrayDeque<>();

        /** Sent, by number, in the order of sending; those with a time to live with its end, others with the far future. */
        private final TreeMap<Integer, Long> inQueue = new TreeMap<>();

        private final Set<Integer> everGiven = new HashSet<>();
        private final Set<Integer> deadLettered = new HashSet<>();
        private final Map<Integer, Integer> held = new HashMap<>();
        private final Map<Integer, Integer> priorities = new HashMap<>();

        /** By priority. */
        private final Map<Integer, Integer> lastFirstGiven = new HashMap<>();

        private int sent;
        private int consumed;

        Run(long seed) {
            random = new Random(seed);
            memory = new MessageMemory(random.nextBoolean() ? 0 : 20_000 + random.nextInt(200_000));
            queue = new MessageQueue(
                    new QueueName(QUEUE_ID, "orders", true), loop, loop, log, this, new QueueLimits(4, memory));
            producer = new QueueDoor(queue).openProducer(loop);
        }

        void play() {
            boolean brief = random.nextBoolean();
            for (int step = 0; step < STEPS; step++) {
                step(random.nextInt(brief ? 100 : 94));
            }
            finish();
        }

        private void step(int what) {
            if (what < 35) {
                send(1 + random.nextInt(20));
            } else if (what < 50) {
                loop.run(log::commitNext);
            } else if (what < 55) {
                loop.run(log::commitAll);
            } else if (what < 65) {
                answerSomeRead();
            } else if (what < 68) {
                if (consumers.size() < 4) {
                    consumers.add(new Consumer());
                }
            } else if (what < 70) {
                if (!consumers.isEmpty()) {
                    consumers.remove(random.nextInt(consumers.size())).leave();
                }
            } else if (what < 78) {
                if (!consumers.isEmpty()) {
                    consumers.get(random.nextInt(consumers.size())).move(random.nextInt(40));
                }
            } else if (what < 92) {
                if (!consumers.isEmpty()) {
                    consumers.get(random.nextInt(consumers.size())).settleSome();
                }
            } else if (what < 94) {
                answerDeadLetter();
            } else {
                loop.advance(random.nextInt(200));
                expireInModel();
            }
        }

        private void send(int count) {
            for (int i = 0; i < count; i++) {
                int number = sent++;
                boolean durable = random.nextInt(10) > 0;
                long ttlMillis = random.nextInt(5) == 0 ? 1 + random.nextInt(3_000) : -1;
                var message = message(number, new Header(durable, random.nextInt(10), ttlMillis, false, 0));
                inQueue.put(number, message.expiryTimeMillis());
                priorities.put(number, message.priority());
                loop.run(() -> producer.enqueue(message, EnqueueReply.NOBODY));
            }
        }

        private Message message(int number, Header header) {
            var text = number + " " + "x".repeat(random.nextInt(2_000));
            var encoded = AmqpMessage.builder(new MessageBody.Value(text))
                    .header(header)
                    .build()
                    .encode();
            return new MessageReader().read(encoded, loop.nowMillis());
        }

        private void answerSomeRead() {
            if (log.readsWaiting() > 0) {
                loop.run(() -> log.answerRead(random.nextInt(log.readsWaiting())));
            }
        }

        private void answerDeadLetter() {
            var reply = deadLetterReplies.pollFirst();
            if (reply != null) {
                loop.run(random.nextBoolean() ? reply::onSafe : reply::onRefused);
            }
        }

        /** Those that nobody holds and whose time is over may be gone by now, or go when it is their turn. */
        private void expireInModel() {
            inQueue.entrySet()
                    .removeIf(each -> each.getValue() <= loop.nowMillis() && !held.containsKey(each.getKey()));
        }

        private void onGiven(int number) {
            assertThat(held).as("given twice at a time").doesNotContainKey(number);
            assertThat(inQueue).as("given, but not in the queue any more").containsKey(number);
            assertThat(inQueue.get(number)).as("given after its time").isGreaterThan(loop.nowMillis());
            if (everGiven.add(number)) {
                var last = lastFirstGiven.put(Objects.requireNonNull(priorities.get(number)), number);
                assertThat(number)
                        .as("first deliveries of a priority are in order")
                        .isGreaterThan(last == null ? -1 : last);
            }
            held.put(number, number);
        }

        @Override
        public boolean isLastResort(String name) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            int number = number(message);
            assertThat(held).doesNotContainKey(number);
            deadLetterReplies.add(new EnqueueReply() {
                @Override
                public void onSafe() {
                    inQueue.remove(number);
                    assertThat(deadLettered.add(number)).isTrue();
                    reply.onSafe();
                }

                @Override
                public void onRefused() {
                    reply.onRefused();
                }

                @Override
                public void onInDoubt() {}
            });
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            throw new AssertionError("nothing large was sent");
        }

        /** Everything that is left comes out in order, and then nothing is left anywhere. */
        private void finish() {
            List.copyOf(consumers).forEach(Consumer::leave);
            consumers.clear();
            settleDown();
            // What the dead letters did not take waits for a second.
            loop.advance(1_000);
            settleDown();
            expireInModel();
            var last = new Consumer();
            while (true) {
                last.move(1_000);
                settleDown();
                if (last.mine.isEmpty()) {
                    break;
                }
                last.consumeAll();
            }
            loop.advance(10_000);
            settleDown();
            expireInModel();
            assertThat(inQueue).as("left behind").isEmpty();
            assertThat(log.live()).as("left on the disk").isEmpty();
            assertThat(memory.bytes()).isZero();
            assertThat(everGiven.size() + deadLettered.size()).isPositive();
            assertThat(consumed).isPositive();
            assertThat(log.messagesRead).as("read back from the disk").isPositive();
        }

        private void settleDown() {
            boolean moved = true;
            while (moved) {
                moved = loop(log::commitNext);
                if (log.readsWaiting() > 0) {
                    loop.run(log::answerReads);
                    moved = true;
                }
                if (!deadLetterReplies.isEmpty()) {
                    loop.run(deadLetterReplies.removeFirst()::onSafe);
                    moved = true;
                }
            }
        }

        private boolean loop(java.util.function.BooleanSupplier task) {
            var result = new boolean[1];
            loop.run(() -> result[0] = task.getAsBoolean());
            return result[0];
        }

        /** Takes messages as a link does: it takes most of them out of their entries. */
        private final class Consumer implements ConsumerPort {
            final List<QueueEntry> mine = new ArrayList<>();
            private final Map<QueueEntry, Integer> numbers = new HashMap<>();
            private final ConsumerDoor door;
            private long received;
            private long limit;
            private int draining;

            Consumer() {
                var opened = new ConsumerDoor[1];
                loop.run(() -> opened[0] = new QueueDoor(queue).openConsumer(loop, this));
                door = opened[0];
            }

            void move(int credit) {
                if (draining > 0) {
                    return;
                }
                limit = received + credit;
                if (random.nextInt(4) == 0) {
                    draining++;
                    loop.run(() -> door.drain(limit));
                } else {
                    loop.run(() -> door.setLimit(limit));
                }
            }

            @Override
            public void onMessage(QueueEntry entry) {
                received++;
                assertThat(received).isLessThanOrEqualTo(limit);
                var message = entry.message();
                if (message == null) {
                    throw new AssertionError("a message came without its bytes");
                }
                int number = number(message);
                onGiven(number);
                numbers.put(entry, number);
                mine.add(entry);
                if (random.nextInt(5) > 0) {
                    assertThat(entry.takeMessage()).isSameAs(message);
                }
            }

            @Override
            public void onDrained() {
                draining--;
                assertThat(draining).isZero();
                limit = received;
            }

            @Override
            public void onQueueDeleted() {}

            void settleSome() {
                for (int i = random.nextInt(30); i > 0 && !mine.isEmpty(); i--) {
                    var entry = mine.remove(random.nextInt(mine.size()));
                    int number = forget(entry);
                    int how = random.nextInt(100);
                    if (how < 70) {
                        inQueue.remove(number);
                        consumed++;
                        loop.run(() -> door.consume(entry));
                    } else if (how < 85) {
                        loop.run(() -> door.giveBack(entry, false, random.nextInt(4) == 0));
                    } else if (how < 95) {
                        loop.run(() -> door.giveBack(entry, true, false));
                    } else {
                        loop.run(() -> door.reject(entry, null));
                    }
                }
            }

            void consumeAll() {
                for (var entry : List.copyOf(mine)) {
                    mine.remove(entry);
                    inQueue.remove(forget(entry));
                    consumed++;
                    loop.run(() -> door.consume(entry));
                }
            }

            private int forget(QueueEntry entry) {
                var number = numbers.remove(entry);
                if (number == null) {
                    throw new AssertionError("not mine: " + entry.sequence());
                }
                held.remove(number);
                return number;
            }

            void leave() {
                mine.forEach(this::forget);
                mine.clear();
                loop.run(door::leave);
            }
        }
    }

    private static int number(Message message) {
        var text = String.valueOf(
                ((MessageBody.Value) AmqpMessage.decode(message.encoded()).body()).value());
        return Integer.parseInt(text.substring(0, text.indexOf(' ')));
    }
}
