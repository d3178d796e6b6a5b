package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import org.jspecify.annotations.Nullable;

/** A message on its way, until the broker has answered, over however many connections. Owned by the loop once it was sent. */
final class PendingSend implements Sender.Encoded {
    private static final SendReply NOBODY = new SendReply() {
        @Override
        public void onAccepted() {}

        @Override
        public void onFailed(ProviderException cause) {}
    };

    private final FailoverSender sender;
    private final @Nullable Address destination;
    private final @Nullable Address replyTo;
    private final @Nullable TransactionWork work;

    /** As of which {@link TemporaryAddresses#changes} its names are. */
    private int changes;

    private Sender.Encoded encoded;
    private SendReply reply = NOBODY;
    private int passes;
    private boolean notWanted;

    /**
     * @param destination if it is temporary, by the name that the application knows; else null
     * @param replyTo likewise
     * @param changes as of which {@link TemporaryAddresses#changes} it was written down
     * @param work the transaction that it is a part of; null for none
     */
    PendingSend(
            FailoverSender sender,
            Sender.Encoded encoded,
            @Nullable Address destination,
            @Nullable Address replyTo,
            int changes,
            @Nullable TransactionWork work) {
        this.work = work;
        this.sender = sender;
        this.encoded = encoded;
        this.destination = destination;
        this.replyTo = replyTo;
        this.changes = changes;
    }

    /** Temporary destinations may have got other names since it was written down: then it is written down again. */
    void readdress(Sender by, TemporaryAddresses temporary) {
        if ((destination != null || replyTo != null) && changes != temporary.changes()) {
            changes = temporary.changes();
            encoded = by.readdress(
                    encoded,
                    destination == null ? null : temporary.atBroker(destination),
                    replyTo == null ? null : temporary.atBroker(replyTo));
        }
    }

    @Override
    public int sizeBytes() {
        return encoded.sizeBytes();
    }

    /** The transaction that it is a part of; null for none. */
    @Nullable
    TransactionWork work() {
        return work;
    }

    FailoverSender sender() {
        return sender;
    }

    Sender.Encoded encoded() {
        return encoded;
    }

    /** Before it is handed to the loop. */
    void replyTo(SendReply hearing) {
        reply = hearing;
    }

    SendReply reply() {
        return reply;
    }

    /** It was given to a connection. */
    void onPassed() {
        passes++;
    }

    boolean wasPassed() {
        return passes > 0;
    }

    /** It was given to a connection that is gone. */
    boolean wasPassedBefore() {
        return passes > 1;
    }

    /** Who sent it does not wait any more: it is not sent again. */
    void onNotWanted() {
        notWanted = true;
    }

    boolean isNotWanted() {
        return notWanted;
    }
}
