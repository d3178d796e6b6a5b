package dev.godwit.broker.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.runtime.ManualEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CatalogTest {
    private final ManualEventLoop loop = new ManualEventLoop();
    private final RecordedLog log = new RecordedLog();
    private final RecordedProjection projection = new RecordedProjection();
    private final List<Long> released = new ArrayList<>();

    @Test
    void definesAQueueWhenTheMetadataLogHasCommittedIt() {
        var catalog = catalog(new CatalogReplay());
        var reply = new RecordedReply();
        loop.run(() -> catalog.define("orders", 3, "ann", Map.of(), reply));
        loop.run(() -> assertThat(catalog.find("orders")).isNull());
        assertThat(reply.endings).isEmpty();

        loop.run(() -> log.replies.get(0).onCommitted(5));

        assertThat(reply.endings).containsExactly("defined orders");
        loop.run(() -> assertThat(catalog.find("orders"))
                .extracting(QueueDefinition::creator)
                .isEqualTo("ann"));
        assertThat(projection.said).containsExactly("stored orders at 5");
    }

    @Test
    void takesNothingInThatTheProjectionHasNoRoomFor() {
        var catalog = catalog(new CatalogReplay());
        var reply = new RecordedReply();
        loop.run(() -> catalog.define("q".repeat(1_025), 3, "ann", Map.of(), reply));
        loop.run(() -> catalog.define("orders", 3, "a".repeat(1_025), Map.of(), reply));
        loop.run(() -> catalog.define("orders", 3, "ann", Map.of("filter", "x".repeat(4_097)), reply));
        assertThat(reply.endings).hasSize(3);
        assertThat(reply.endings.get(0)).startsWith("failed: ").contains("1024").contains("1025");
        assertThat(reply.endings.get(1)).contains("who defines something").contains("1025");
        assertThat(reply.endings.get(2)).contains("the value of a setting").contains("filter");
        assertThat(log.replies).isEmpty();
    }

    @Test
    void failedDefinitionLeavesNothing() {
        var catalog = catalog(new CatalogReplay());
        var reply = new RecordedReply();
        loop.run(() -> catalog.define("orders", 3, "ann", Map.of(), reply));
        loop.run(() -> log.replies.get(0).onFailed("full"));
        assertThat(reply.endings).containsExactly("failed: full");
        loop.run(() -> assertThat(catalog.find("orders")).isNull());
        assertThat(projection.said).isEmpty();
    }

    @Test
    void neverGivesAQueueIdTwiceAlsoAfterARestart() {
        var before = catalog(new CatalogReplay());
        loop.run(() -> before.define("orders", 3, "ann", Map.of(), new RecordedReply()));
        loop.run(() -> log.replies.get(0).onCommitted(5));
        var ids = new ArrayList<Long>();
        loop.run(() -> ids.add(before.nextQueueId()));

        var after = new Catalog(loop, loop, log, 2, released::add, projection, new CatalogReplay());
        loop.run(() -> ids.add(after.nextQueueId()));
        loop.run(() -> ids.add(before.definitions().iterator().next().queueId()));
        assertThat(ids).doesNotHaveDuplicates();
    }

    @Test
    void removingReleasesTheRecordOfTheDefinition() {
        var catalog = catalog(new CatalogReplay());
        loop.run(() -> catalog.define("orders", 3, "ann", Map.of(), new RecordedReply()));
        loop.run(() -> log.replies.get(0).onCommitted(5));
        loop.run(() -> catalog.remove("orders", new RecordedReply()));
        loop.run(() -> log.replies.get(1).onCommitted(8));
        assertThat(released).containsExactly(5L);
        assertThat(projection.said).containsExactly("stored orders at 5", "removed orders at 8");
    }

    @Test
    void replaysDefinitionsAndRebuildsAProjectionThatIsBehind() {
        var replay = new CatalogReplay();
        replay.onStored(6, Catalog.QUEUE_KIND, "bills", body("bills"));
        projection.appliedIndex = 4;

        var catalog = catalog(replay);

        assertThat(catalog.definitions()).extracting(QueueDefinition::name).containsExactly("bills");
        loop.run(catalog::bringProjectionUp);
        assertThat(projection.said).containsExactly("rebuilt [bills] at 6");
    }

    @Test
    void tellsAProjectionThatIsBehindNothingBeforeItIsBroughtUp() {
        var replay = new CatalogReplay();
        replay.onStored(6, Catalog.QUEUE_KIND, "bills", body("bills"));
        projection.appliedIndex = 4;
        var catalog = catalog(replay);
        loop.run(() -> catalog.define("orders", 3, "ann", Map.of(), new RecordedReply()));
        loop.run(() -> log.replies.get(0).onCommitted(7));
        loop.run(() -> catalog.remove("bills", new RecordedReply()));
        loop.run(() -> log.replies.get(1).onCommitted(8));
        assertThat(projection.said).isEmpty();

        loop.run(catalog::bringProjectionUp);
        loop.run(catalog::bringProjectionUp);
        loop.run(() -> catalog.remove("orders", new RecordedReply()));
        loop.run(() -> log.replies.get(2).onCommitted(9));
        assertThat(projection.said).containsExactly("rebuilt [orders] at 8", "removed orders at 9");
    }

    @Test
    void leavesAProjectionAloneThatIsAsFarAsTheLog() {
        var replay = new CatalogReplay();
        replay.onStored(4, Catalog.QUEUE_KIND, "orders", body("orders"));
        projection.appliedIndex = 4;
        projection.count = 1;
        loop.run(catalog(replay)::bringProjectionUp);
        assertThat(projection.said).isEmpty();
    }

    /** Its last record is that of the log, and another node has removed an older definition since. */
    @Test
    void rebuildsAProjectionThatKnowsMoreThanIsAlive() {
        var replay = new CatalogReplay();
        replay.onStored(4, Catalog.QUEUE_KIND, "orders", body("orders"));
        projection.appliedIndex = 4;
        projection.count = 2;
        loop.run(catalog(replay)::bringProjectionUp);
        assertThat(projection.said).containsExactly("rebuilt [orders] at 4");
    }

    private Catalog catalog(CatalogReplay replay) {
        return new Catalog(loop, loop, log, 1, released::add, projection, replay);
    }

    private static ByteBuffer body(String name) {
        return QueueDefinitionCodec.encode(new QueueDefinition(1, name, 3, 0, "ann", Map.of()));
    }

    private static final class RecordedLog implements MetadataLog {
        final List<MetadataReply> replies = new ArrayList<>();

        @Override
        public void store(String kind, String key, ByteBuffer body, MetadataReply reply) {
            replies.add(reply);
        }

        @Override
        public void remove(String kind, String key, MetadataReply reply) {
            replies.add(reply);
        }
    }

    private static final class RecordedReply implements Catalog.DefineReply {
        final List<String> endings = new ArrayList<>();

        @Override
        public void onDefined(QueueDefinition definition) {
            endings.add("defined " + definition.name());
        }

        @Override
        public void onFailed(@Nullable String reason) {
            endings.add("failed: " + reason);
        }
    }

    private static final class RecordedProjection implements CatalogProjection {
        final List<String> said = new ArrayList<>();
        long appliedIndex;
        int count;

        @Override
        public int count() {
            return count;
        }

        @Override
        public long appliedIndex() {
            return appliedIndex;
        }

        @Override
        public void rebuild(Collection<QueueDefinition> definitions, long index) {
            said.add(
                    "rebuilt " + definitions.stream().map(QueueDefinition::name).toList() + " at " + index);
        }

        @Override
        public void onStored(QueueDefinition definition, long index) {
            said.add("stored " + definition.name() + " at " + index);
        }

        @Override
        public void onRemoved(String queueName, long index) {
            said.add("removed " + queueName + " at " + index);
        }

        @Override
        public void close() {}
    }
}
