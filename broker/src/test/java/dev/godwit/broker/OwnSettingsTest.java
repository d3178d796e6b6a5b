package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a queue takes back at a start goes by its own settings, which no policy knows. */
class OwnSettingsTest {
    private static final String QUEUE = "orders";
    private static final long SOON_SECONDS = 30;

    private static final Requester MAY_ALL = new Requester() {
        @Override
        public String user() {
            return "test";
        }

        @Override
        public boolean mayCreate(String address) {
            return true;
        }

        @Override
        public boolean mayDelete(String address) {
            return true;
        }

        @Override
        public boolean maySend(String name) {
            return true;
        }

        @Override
        public boolean mayReceive(String name) {
            return true;
        }

        @Override
        public Predicate<String> sendable() {
            return name -> true;
        }

        @Override
        public boolean mayManage(String address) {
            return true;
        }
    };

    @TempDir
    private Path directory;

    private NodeStorage storage;
    private ServingState state;

    @BeforeEach
    void open() throws BrokerStartException {
        var configuration = BrokerConfiguration.defaults(directory);
        storage = NodeStorage.open(configuration, failure -> {});
        state = LoneBroker.openState(configuration, storage);
    }

    @AfterEach
    void close() {
        LoneBroker.end(storage, state);
    }

    private void restart() throws BrokerStartException {
        close();
        open();
    }

    private static Message read(AmqpMessage.Builder message) {
        return new MessageReader().read(message.build().encode(), Clock.SYSTEM.nowMillis());
    }

    private EventLoop loop() {
        return state.loops().loop(0);
    }

    /** Asks the node {@code $management} for something to be done with the queue. */
    private void manage(String operation, Map<?, ?> attributes) throws Exception {
        var request = AmqpMessage.builder(new MessageBody.Value(attributes))
                .applicationProperty("operation", operation)
                .applicationProperty("type", "queue")
                .applicationProperty("name", QUEUE);
        var answered = new CompletableFuture<ByteBuffer>();
        loop().execute(() -> state.management().onRequest(read(request), MAY_ALL, loop(), answered::complete));
        var answer = AmqpMessage.decode(answered.get(SOON_SECONDS, TimeUnit.SECONDS));
        assertThat(String.valueOf(answer.applicationProperties())).contains("20");
    }

    /** Asks for the queue: the table of addresses may be published only after the start. */
    private QueueDoor door() throws Exception {
        var found = new CompletableFuture<QueueDoor>();
        loop().execute(() -> state.addresses().declare(QUEUE, "test", loop(), new AddressReply() {
            @Override
            public void onFound(QueueDoor door) {
                found.complete(door);
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                found.completeExceptionally(new AssertionError(description));
            }
        }));
        return found.get(SOON_SECONDS, TimeUnit.SECONDS);
    }

    private void store(String id, String stock) throws Exception {
        var message = AmqpMessage.builder(new MessageBody.Value("body"))
                .header(new Header(true, 4, -1, false, 0))
                .properties(MessageProperties.builder().messageId(id).build())
                .applicationProperty("stock", stock);
        var ended = new CompletableFuture<String>();
        var door = door();
        loop().execute(() -> door.openProducer(loop()).enqueue(read(message), new EnqueueReply() {
            @Override
            public void onSafe() {
                ended.complete("safe");
            }

            @Override
            public void onRefused() {
                ended.complete("refused");
            }

            @Override
            public void onInDoubt() {
                ended.complete("in doubt");
            }
        }));
        assertThat(ended.get(SOON_SECONDS, TimeUnit.SECONDS)).isEqualTo("safe");
    }

    private QueueStatistics statistics() throws Exception {
        return state.queueStatistics().get(SOON_SECONDS, TimeUnit.SECONDS).stream()
                .filter(each -> each.queue().equals(QUEUE))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void knowsAfterAStartWhatCameAndLeftBefore() throws Exception {
        manage("CREATE", Map.of("duplicateWindow", "1h"));
        store("left", "a");
        manage("PURGE", Map.of());
        store("stayed", "b");
        for (int start = 0; start < 2; start++) {
            restart();
            store("left", "a");
            store("stayed", "b");
            assertThat(statistics().duplicates()).isEqualTo(2);
            assertThat(statistics().ready()).isEqualTo(1);
        }
    }

    @Test
    void replacesAfterAStartWhatCameBefore() throws Exception {
        manage("CREATE", Map.of("lastValueKey", "stock"));
        store("1", "a");
        store("2", "b");
        restart();
        store("3", "a");
        assertThat(statistics().replaced()).isEqualTo(1);
        assertThat(statistics().ready()).isEqualTo(2);
    }
}
