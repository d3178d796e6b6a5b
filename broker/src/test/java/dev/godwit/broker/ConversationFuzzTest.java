package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.queue.QueueStatistics;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Conversations with a whole broker that go wrong somewhere: in the order of their frames, in a performative, in a field, or
 * in a byte. Whoever says such things hurts nobody else, and leaves nothing behind.
 *
 * <p>{@code -Dgodwit.fuzz.seconds=600} is the long form, {@code -Dgodwit.fuzz.seed} runs one again.
 */
class ConversationFuzzTest {
    private static final int SECONDS = Integer.getInteger("godwit.fuzz.seconds", 20);
    private static final long SEED = Long.getLong("godwit.fuzz.seed", System.nanoTime());

    /** Cases before the heap is measured first: by then, what is made once is made. */
    private static final int WARM_UP_CASES = 100;

    private static final int CASES_BETWEEN_EXCHANGES = 100;
    private static final int CASES_BETWEEN_PURGES = 2_000;
    /** How a flow frame's body begins. */
    private static final int[] FLOW = {0x00, 0x53, 0x13};

    private static final int CREDIT_MILLIS_MAX = 40;
    private static final int ANSWER_MILLIS_MAX = 10_000;
    /** What may be more when everybody has left: what is kept for links to be resumed, and what is made once, but late. */
    private static final long HEAP_DELTA_BYTES_MAX = 4L << 20;

    private static final long HEAP_DELTA_BYTES_WANTED = 1L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration KEPT_PATIENCE = Duration.ofSeconds(5);
    private static final int BODY_BYTES = 1_000;

    private final ListAppender<ILoggingEvent> errors = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level levelBefore = logger.getLevel();

    @TempDir
    Path directory;

    private final List<String> journalFailures = new CopyOnWriteArrayList<>();
    private Broker broker;

    @BeforeEach
    void start() throws BrokerStartException {
        logger.setLevel(Level.ERROR);
        errors.start();
        logger.addAppender(errors);
        var defaults = BrokerConfiguration.defaults(directory).withPort(0);
        // Names that are made up may be asked for, but make no queues that would stay.
        var known = new AutoCreation(false, List.of("fuzz.*", "innocent"));
        var configuration = defaults.withQueues(defaults.queues().withAutoCreation(known));
        broker = Broker.start(configuration, journalFailures::add);
    }

    @AfterEach
    void stop() {
        broker.close();
        logger.detachAppender(errors);
        logger.setLevel(levelBefore);
    }

    @Test
    void nobodyElseIsHurtByAConversationThatGoesWrong() throws IOException {
        System.out.println("godwit.fuzz.seed=" + SEED + " godwit.fuzz.seconds=" + SECONDS);
        var random = new Random(SEED);
        var conversation = new FuzzedConversation(random);
        int cases = 0;
        int credited = 0;
        long base = 0;
        try (var bystander = new LargeMessageClient(broker.port())) {
            var innocent = new Bystander(bystander);
            long end = System.nanoTime() + SECONDS * 1_000_000_000L;
            while (System.nanoTime() < end || cases < WARM_UP_CASES) {
                credited += play(conversation.next(cases)) ? 1 : 0;
                cases++;
                if (cases % CASES_BETWEEN_EXCHANGES == 0) {
                    innocent.exchange();
                }
                if (cases % CASES_BETWEEN_PURGES == 0) {
                    purge(conversation);
                }
                if (cases == WARM_UP_CASES) {
                    purge(conversation);
                    base = usedHeap();
                }
            }
            innocent.exchange();
            assertThat(bystander.detached).isEmpty();
        }
        purge(conversation);
        long delta = heapDelta(base);
        System.out.println("godwit.fuzz.seed=" + SEED + " cases=" + cases + " credited=" + credited + " crashes="
                + errors.list.size() + " heap-delta-bytes=" + delta);
        assertThat(errors.list).extracting(ILoggingEvent::getFormattedMessage).isEmpty();
        assertThat(journalFailures).isEmpty();
        assertThat(credited).as("conversations that came to a flow").isGreaterThan(cases / 10);
        assertThat(delta).as("bytes on the heap beyond the base").isLessThan(HEAP_DELTA_BYTES_MAX);
    }

    /**
     * What the broker was rightly asked to keep is no leak: messages in queues, and those that it keeps, up to ten minutes,
     * for a link that wants to be resumed. Any other message that a client had must come back by itself.
     */
    private void purge(FuzzedConversation conversation) {
        long patienceEnds = System.nanoTime() + KEPT_PATIENCE.toNanos();
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).untilAsserted(() -> {
            var left = broker.queueStatistics().join().stream()
                    .filter(queue -> queue.ready() + queue.acquired() > 0)
                    .filter(queue -> !queue.queue().equals("innocent"))
                    .toList();
            var ready = names(left, queue -> queue.ready() > 0);
            if (!ready.isEmpty()) {
                play(conversation.managing("PURGE", ready));
            } else if (broker.resumableLinks() > 0 && System.nanoTime() > patienceEnds) {
                play(conversation.managing("DELETE", names(left, queue -> true)));
            }
            assertThat(left)
                    .as("queues with messages, beside %d links to be resumed", broker.resumableLinks())
                    .isEmpty();
        });
    }

    private static List<String> names(List<QueueStatistics> queues, Predicate<QueueStatistics> which) {
        return queues.stream().filter(which).map(QueueStatistics::queue).toList();
    }

    /** True when the broker gave the client credit. The stream must come to its end. */
    private boolean play(List<byte[]> said) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), broker.port())) {
            var in = socket.getInputStream();
            socket.getOutputStream().write(said.get(0));
            socket.setSoTimeout(CREDIT_MILLIS_MAX);
            boolean credited = awaitFlow(in);
            socket.setSoTimeout(ANSWER_MILLIS_MAX);
            socket.getOutputStream().write(said.get(1));
            socket.shutdownOutput();
            in.readAllBytes();
            return credited;
        } catch (SocketException reset) {
            return false;
        }
    }

    /** Reads until a flow has come, or nothing comes any more. */
    private static boolean awaitFlow(InputStream in) throws IOException {
        int matched = 0;
        try {
            for (int next = in.read(); next >= 0; next = in.read()) {
                matched = next == FLOW[matched] ? matched + 1 : next == FLOW[0] ? 1 : 0;
                if (matched == FLOW.length) {
                    return true;
                }
            }
        } catch (SocketTimeoutException nothingMore) {
            return false;
        }
        return false;
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(condition);
    }

    /** The sockets of those that are gone are held a little while: until then it may be more. */
    private static long heapDelta(long base) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        long delta = usedHeap() - base;
        while (delta > HEAP_DELTA_BYTES_WANTED && System.nanoTime() < until) {
            delta = usedHeap() - base;
        }
        return Math.max(0, delta);
    }

    /** After a collection that has really happened. */
    private static long usedHeap() {
        for (int round = 0; round < 3; round++) {
            var witness = new WeakReference<>(new Object());
            await(() -> {
                System.gc();
                return witness.get() == null;
            });
        }
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** A connection beside that behaves well. */
    private static final class Bystander {
        private final LargeMessageClient client;
        private final SendingLink link;
        private int number;

        Bystander(LargeMessageClient client) {
            this.client = client;
            client.attachReceiver("innocent", 1_000_000);
            this.link = client.attachSender("innocent");
        }

        /** One message there and back. */
        void exchange() {
            client.received.clear();
            client.sendings.clear();
            int sent = number++ % 100;
            var sending = client.send(link, sent, BODY_BYTES);
            await(() -> sending.outcome == Outcome.Accepted.INSTANCE && !client.received.isEmpty());
            var received = client.received.get(0);
            assertThat(received.number).isEqualTo(sent);
            assertThat(received.correct).isTrue();
            received.settle(Outcome.Accepted.INSTANCE);
        }
    }
}
