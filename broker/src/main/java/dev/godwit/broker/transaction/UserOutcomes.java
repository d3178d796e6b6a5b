package dev.godwit.broker.transaction;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.amqp.type.TransactionId;
import dev.godwit.broker.runtime.EventLoop;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes that are kept for one user. Its transactions have ids that say whose they are, and in which journal: nobody else
 * hears of them, over a start either, and no broker speaks of those of another one. Immutable; used on a connection's loop.
 */
public final class UserOutcomes {
    private final TransactionOutcomes all;
    private final String user;

    /** The second half of the ids of this user's transactions. */
    private final long mark;

    UserOutcomes(TransactionOutcomes all, String user) {
        this.all = all;
        this.user = user;
        this.mark = markOf(all.journal(), user);
    }

    /** Who asks another broker, with another journal, about a transaction is told that nobody there knows. */
    private static long markOf(UUID journal, String user) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(journal.getMostSignificantBits())
                    .putLong(journal.getLeastSignificantBits())
                    .flip());
            return ByteBuffer.wrap(digest.digest(user.getBytes(UTF_8))).getLong();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    /**
     * Makes room for one more, which {@link #onEnded} gives back, or the end of its outcome; false when the user has as many
     * as may be.
     */
    boolean take() {
        return all.room().take(user);
    }

    /** The id of a transaction of this user whose outcome will be kept. */
    UUID mark(UUID unique) {
        return new UUID(unique.getMostSignificantBits() + unique.getLeastSignificantBits(), mark);
    }

    void onDeclared(UUID id, Transaction transaction) {
        all.onDeclared(id, transaction);
    }

    void onEnded(UUID id) {
        all.onEnded(id, user);
    }

    void onCommitted(UUID id, long bytes, @Nullable DecisionHold hold) {
        all.onCommitted(id, user, bytes, hold);
    }

    /** The client has heard that the transaction was committed, and asks no more. */
    public void forget(Transaction transaction) {
        all.forget(transaction.uuid());
    }

    /**
     * What became of a transaction, whose connection is probably gone? One that is open is rolled back by the question; one that
     * is being committed is waited for. So whatever is answered stays true. Of one that is prepared, or was, nothing is told that
     * could be relied on: {@link PreparedTransactions#next} tells of it.
     *
     * @param ageMillis how long ago its discharge was sent
     * @param caller where the reply is called
     */
    public void ask(TransactionId id, long ageMillis, EventLoop caller, OutcomeReply reply) {
        var answering = new Answering(caller, reply);
        var bytes = ByteBuffer.wrap(id.toBytes());
        if (bytes.remaining() != 2 * Long.BYTES) {
            answering.onUnknown();
            return;
        }
        var uuid = new UUID(bytes.getLong(), bytes.getLong());
        if (uuid.getLeastSignificantBits() == mark) {
            all.ask(uuid, ageMillis, answering);
        } else {
            answering.onUnknown();
        }
    }

    /** Answers on the loop of whoever asked. */
    private record Answering(EventLoop caller, OutcomeReply reply) implements OutcomeReply {
        @Override
        public void onCommitted() {
            caller.execute(reply::onCommitted);
        }

        @Override
        public void onRolledBack() {
            caller.execute(reply::onRolledBack);
        }

        @Override
        public void onUnknown() {
            caller.execute(reply::onUnknown);
        }
    }
}
