package dev.godwit.broker;

import dev.godwit.broker.catalog.MetadataLog;
import dev.godwit.broker.catalog.MetadataReply;
import dev.godwit.broker.transaction.PreparedDefinition;
import dev.godwit.broker.transaction.PreparedLog;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Prepared transactions stand among the definitions of the metadata log. Owned by the control loop. */
record PreparedRecords(MetadataLog metadata) implements PreparedLog {
    @Override
    public void store(String key, ByteBuffer body, Reply reply) {
        metadata.store(PreparedDefinition.KIND, key, body, answering(reply));
    }

    @Override
    public void remove(String key, Reply reply) {
        metadata.remove(PreparedDefinition.KIND, key, answering(reply));
    }

    private static MetadataReply answering(Reply reply) {
        return new MetadataReply() {
            @Override
            public void onCommitted(long index) {
                reply.onSafe();
            }

            @Override
            public void onFailed(@Nullable String reason) {
                reply.onFailed(String.valueOf(reason));
            }
        };
    }
}
