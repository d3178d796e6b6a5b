package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;

/** A message on its way, until the broker has answered, over however many connections. Owned by the loop once it was sent. */
final class PendingSend implements Sender.Encoded {
    private static final SendReply NOBODY = new SendReply() {
        @Override
        public void onAccepted() {}

        @Override
        public void onFailed(ProviderException cause) {}
    };

    private final FailoverSender sender;
    private final Sender.Encoded encoded;
    private SendReply reply = NOBODY;
    private int passes;
    private boolean notWanted;

    PendingSend(FailoverSender sender, Sender.Encoded encoded) {
        this.sender = sender;
        this.encoded = encoded;
    }

    @Override
    public int sizeBytes() {
        return encoded.sizeBytes();
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
