package dev.godwit.broker.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.zip.CRC32C;

/** Where an address lives: fixed by its name, as long as the number of shards stays. */
public final class QueueShards {
    /** Shards with queues, 1 and up. Fixed for the life of a data directory: an address finds its shard by it. */
    public static final int COUNT = 16;

    private QueueShards() {}

    /** The shard, 1 and up, among {@code count} of them. */
    public static int shardOf(String address, int count) {
        var hash = new CRC32C();
        hash.update(address.getBytes(UTF_8));
        return 1 + (int) (hash.getValue() % count);
    }
}
