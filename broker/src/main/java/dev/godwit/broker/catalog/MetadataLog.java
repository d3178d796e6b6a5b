package dev.godwit.broker.catalog;

import java.nio.ByteBuffer;

/** The log in which definitions are facts: shard 0. Owned by the control loop; answers come there. */
public interface MetadataLog {
    /** Records a definition; it replaces the one of the same kind and key. */
    void store(String kind, String key, ByteBuffer body, MetadataReply reply);

    void remove(String kind, String key, MetadataReply reply);
}
