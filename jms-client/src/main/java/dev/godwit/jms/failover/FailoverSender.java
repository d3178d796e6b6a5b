package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProducerNumber;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A sender that is made anew on each connection. Outside of transactions its messages are numbered, so that a broker which
 * knows them again by that takes one that is sent again only once. Methods of the port may be called from any thread,
 * {@link #encode} by one at a time; everything else is owned by the provider's loop.
 */
final class FailoverSender implements Sender {
    private final FailoverSession session;
    private final @Nullable Address target;
    private final UUID producerId = UUID.randomUUID();

    /** The one on the latest connection, which may be gone: it can still write messages down. */
    private volatile Sender latest;

    /** The one on the connection that is there; null when there is none. */
    private volatile @Nullable Sender attached;

    private volatile boolean closed;
    private @Nullable ProviderException refusal;
    private long sequence;

    FailoverSender(FailoverSession session, @Nullable Address target, Sender opened) {
        this.session = session;
        this.target = target;
        this.latest = opened;
        this.attached = opened;
    }

    @Override
    public boolean isOpen() {
        Sender there = attached;
        return !closed && (there == null || there.isOpen());
    }

    @Override
    public boolean delaysDelivery() {
        return latest.delaysDelivery();
    }

    @Override
    public Encoded encode(MessageEnvelope message) {
        TemporaryAddresses temporary = session.provider().temporary();
        Address destination = message.destination();
        Address replyTo = message.replyTo();
        int changes = temporary.changes();
        TransactionWork work = session.work();
        try {
            message.setDestination(destination == null ? null : temporary.atBroker(destination));
            message.setReplyTo(replyTo == null ? null : temporary.atBroker(replyTo));
            return new PendingSend(
                    this,
                    work == null ? numbered(message) : latest.encode(message),
                    onlyTemporary(destination),
                    onlyTemporary(replyTo),
                    changes,
                    work);
        } finally {
            // The message is the application's, which knows them by these names.
            message.setDestination(destination);
            message.setReplyTo(replyTo);
        }
    }

    private static @Nullable Address onlyTemporary(@Nullable Address address) {
        return address != null && address.kind().isTemporary() ? address : null;
    }

    private Encoded numbered(MessageEnvelope message) {
        return latest.encode(message, new ProducerNumber(producerId, sequence++));
    }

    /** What goes over several connections is written down anew by the sender of each. */
    @Override
    public Encoded readdress(Encoded message, @Nullable Address destination, @Nullable Address replyTo) {
        throw new UnsupportedOperationException("a message that is sent here names its destinations anew by itself");
    }

    @Override
    public void send(Encoded message, SendReply reply) {
        PendingSend send = (PendingSend) message;
        send.replyTo(reply);
        if (!session.provider().execute(() -> session.send(send))) {
            reply.onFailed(new ProviderException(Reason.CLOSED, "the connection is closed"));
        }
    }

    @Override
    public CompletableFuture<Boolean> withdraw(Encoded message) {
        return session.withdraw((PendingSend) message);
    }

    @Override
    public CompletableFuture<Void> close() {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        boolean runs = session.provider().execute(() -> {
            Sender there = attached;
            session.remove(this);
            end();
            if (there == null) {
                Answered.done(answer);
            } else {
                Answered.hear(there.close(), () -> Answered.done(answer));
            }
        });
        if (!runs) {
            Answered.done(answer);
        }
        return answer;
    }

    // On the loop.

    @Nullable
    Sender attached() {
        return attached;
    }

    CompletableFuture<Sender> open(ProviderSession there) {
        return there.openSender(
                target == null ? null : session.provider().temporary().atBroker(target));
    }

    void attach(Sender opened) {
        if (closed) {
            // While it was on its way.
            Answered.ignore(opened.close());
            return;
        }
        latest = opened;
        attached = opened;
    }

    void detach() {
        attached = null;
    }

    /** What the broker had closed before the connection was lost is not opened again. */
    void noteClosed() {
        Sender there = attached;
        if (there != null && !there.isOpen()) {
            session.remove(this);
            end();
        }
    }

    ProviderException whyNot() {
        return refusal == null ? new ProviderException(Reason.CLOSED, "the producer is closed") : refusal;
    }

    /** The broker does not want it on the new connection: what waits fails when it is about to go out. */
    void end(ProviderException cause) {
        session.remove(this);
        refusal = cause;
        end();
    }

    private void end() {
        closed = true;
        attached = null;
    }
}
