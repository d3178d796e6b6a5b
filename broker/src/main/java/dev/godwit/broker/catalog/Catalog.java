package dev.godwit.broker.catalog;

import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every queue that was defined. A definition takes effect when the metadata log has committed it; the projection hears of
 * it then, and nobody waits for the projection. One that is behind at a start hears nothing before it is brought up. Owned
 * by the control loop.
 */
public final class Catalog {
    public static final String QUEUE_KIND = "queue";

    /** Queue ids of one epoch: 2^32. */
    private static final int EPOCH_SHIFT = 32;

    private static final Logger log = LoggerFactory.getLogger(Catalog.class);

    private final EventLoop owner;
    private final Clock clock;
    private final MetadataLog metadataLog;
    private final LongConsumer releaseRecord;
    private final CatalogProjection projection;
    private final Map<String, CatalogReplay.StoredQueue> queues = new HashMap<>();
    private final Set<String> beingRemoved = new HashSet<>();
    private long lastQueueId;

    /** The last record of the metadata log that is known here. */
    private long lastIndex;

    private boolean isProjectionBehind;

    /**
     * @param epoch of the metadata log; a new one with each start, so that ids made in it were never used before
     * @param releaseRecord told the index of each record of the metadata log that is needed no more
     */
    public Catalog(
            EventLoop owner,
            Clock clock,
            MetadataLog metadataLog,
            long epoch,
            LongConsumer releaseRecord,
            CatalogProjection projection,
            CatalogReplay replay) {
        this.owner = owner;
        this.clock = clock;
        this.metadataLog = metadataLog;
        this.releaseRecord = releaseRecord;
        this.projection = projection;
        queues.putAll(replay.queues());
        lastQueueId = epoch << EPOCH_SHIFT;
        lastIndex = replay.lastIndex();
        // Another node may have removed what came before the last that is alive: then there are too many.
        isProjectionBehind = projection.appliedIndex() != lastIndex || projection.count() != queues.size();
    }

    /** Makes the projection anew if it was behind at the start. Nothing needs that: so it comes after what is waited for. */
    public void bringProjectionUp() {
        owner.assertCurrent();
        if (isProjectionBehind) {
            isProjectionBehind = false;
            log.info(
                    "catalog projection stands at record {}, the metadata log at {}: rebuilding it",
                    projection.appliedIndex(),
                    lastIndex);
            projection.rebuild(definitions(), lastIndex);
        }
    }

    /** All definitions, in no order. */
    public Collection<QueueDefinition> definitions() {
        return queues.values().stream()
                .map(CatalogReplay.StoredQueue::definition)
                .toList();
    }

    public @Nullable QueueDefinition find(String name) {
        owner.assertCurrent();
        var stored = queues.get(name);
        return stored == null ? null : stored.definition();
    }

    /** A number for a queue that is not written down, from the same series. */
    public long nextQueueId() {
        owner.assertCurrent();
        return ++lastQueueId;
    }

    /** Defines a queue that is not there yet. */
    public void define(String name, int shard, String creator, Map<String, String> settings, DefineReply reply) {
        owner.assertCurrent();
        var definition = new QueueDefinition(nextQueueId(), name, shard, clock.nowMillis(), creator, settings);
        var objection = definition.objection();
        if (objection != null) {
            reply.onFailed(objection);
            return;
        }
        metadataLog.store(QUEUE_KIND, name, QueueDefinitionCodec.encode(definition), new MetadataReply() {
            @Override
            public void onCommitted(long index) {
                onStored(definition, index);
                log.info("queue {} created by {} in shard {}", name, creator, shard);
                reply.onDefined(definition);
            }

            @Override
            public void onFailed(@Nullable String reason) {
                reply.onFailed(String.valueOf(reason));
            }
        });
    }

    /** Gives a queue that is there other settings. */
    public void update(String name, Map<String, String> settings, DefineReply reply) {
        owner.assertCurrent();
        var before = find(name);
        if (before == null || beingRemoved.contains(name)) {
            // A change after the removal would bring it back.
            reply.onFailed("there is no queue " + name);
            return;
        }
        var definition = before.withSettings(settings);
        var objection = definition.objection();
        if (objection != null) {
            reply.onFailed(objection);
            return;
        }
        metadataLog.store(QUEUE_KIND, name, QueueDefinitionCodec.encode(definition), new MetadataReply() {
            @Override
            public void onCommitted(long index) {
                onStored(definition, index);
                log.info("queue {} has the settings {}", name, settings);
                reply.onDefined(definition);
            }

            @Override
            public void onFailed(@Nullable String reason) {
                reply.onFailed(String.valueOf(reason));
            }
        });
    }

    private void onStored(QueueDefinition definition, long index) {
        lastIndex = index;
        var earlier = queues.put(definition.name(), new CatalogReplay.StoredQueue(definition, index));
        if (earlier != null) {
            releaseRecord.accept(earlier.index());
        }
        if (!isProjectionBehind) {
            projection.onStored(definition, index);
        }
    }

    /** Removes a definition. */
    public void remove(String name, DefineReply reply) {
        owner.assertCurrent();
        beingRemoved.add(name);
        metadataLog.remove(QUEUE_KIND, name, new MetadataReply() {
            @Override
            public void onCommitted(long index) {
                beingRemoved.remove(name);
                var earlier = queues.remove(name);
                lastIndex = index;
                if (!isProjectionBehind) {
                    projection.onRemoved(name, index);
                }
                if (earlier != null) {
                    releaseRecord.accept(earlier.index());
                    log.info("queue {} deleted", name);
                    reply.onDefined(earlier.definition());
                } else {
                    reply.onFailed("there is no queue " + name);
                }
            }

            @Override
            public void onFailed(@Nullable String reason) {
                beingRemoved.remove(name);
                reply.onFailed(String.valueOf(reason));
            }
        });
    }

    /** How a definition ended. Exactly one of the two is called, once, on the control loop. */
    public interface DefineReply {
        void onDefined(QueueDefinition definition);

        void onFailed(String reason);
    }
}
