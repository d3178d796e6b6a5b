package dev.godwit.broker.transaction;

import java.nio.ByteBuffer;

/** Where it stands which transactions are prepared. Owned by the loop of {@link PreparedTransactions}; answers come there. */
public interface PreparedLog {
    /** Records one. */
    void store(String key, ByteBuffer body, Reply reply);

    /** Removes one: what is prepared under that key, and was not committed, is rolled back. */
    void remove(String key, Reply reply);

    /** How that ended. Exactly one of the two is called, once. */
    interface Reply {
        /** It is on stable storage. */
        void onSafe();

        /** It was not taken, or nobody knows: the journal is full or lost. */
        void onFailed(String reason);
    }
}
