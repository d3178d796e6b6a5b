package dev.godwit.broker.catalog;

import org.jspecify.annotations.Nullable;

/** How a change of the metadata ended. Exactly one of the two is called, once. */
public interface MetadataReply {
    /** It is on stable storage, as record {@code index} of the metadata log. */
    void onCommitted(long index);

    /** It was not taken, or nobody knows: the journal is full or lost. */
    void onFailed(@Nullable String reason);
}
