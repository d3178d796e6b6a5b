package dev.godwit.jms.observe;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProducerNumber;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.SendReply;
import dev.godwit.jms.provider.Sender;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A sender of whose messages an observer is told. As any sender, for any thread, {@link #encode} for one at a time. */
final class ObservedSender implements Sender {
    private final Sender observed;
    private final Watch watch;

    ObservedSender(Sender observed, Watch watch) {
        this.observed = observed;
        this.watch = watch;
    }

    /** A message that is watched, and who hears of its end. */
    private record Watched(Encoded encoded, ClientObserver.Sending sending) implements Encoded {
        @Override
        public int sizeBytes() {
            return encoded.sizeBytes();
        }
    }

    @Override
    public boolean isOpen() {
        return observed.isOpen();
    }

    @Override
    public boolean delaysDelivery() {
        return observed.delaysDelivery();
    }

    @Override
    public Encoded encode(MessageEnvelope message) {
        return watched(message, () -> observed.encode(message));
    }

    @Override
    public Encoded encode(MessageEnvelope message, ProducerNumber number) {
        return watched(message, () -> observed.encode(message, number));
    }

    private Encoded watched(MessageEnvelope message, Supplier<Encoded> writing) {
        ClientObserver.Sending sending =
                watch.ask(observer -> observer.onSend(watch.message(message)), ClientObserver.Sending.UNWATCHED);
        try {
            return new Watched(writing.get(), sending);
        } catch (ProviderException unwritable) {
            Watch.guarded(() -> sending.onEnd(unwritable));
            throw unwritable;
        }
    }

    @Override
    public Encoded readdress(Encoded message, @Nullable Address destination, @Nullable Address replyTo) {
        Watched watched = (Watched) message;
        return new Watched(observed.readdress(watched.encoded, destination, replyTo), watched.sending);
    }

    @Override
    public void giveUp(Encoded message, Throwable cause) {
        Watched watched = (Watched) message;
        Watch.guarded(() -> watched.sending.onEnd(cause));
        observed.giveUp(watched.encoded, cause);
    }

    @Override
    public void send(Encoded message, SendReply reply) {
        Watched watched = (Watched) message;
        observed.send(watched.encoded, new SendReply() {
            @Override
            public void onAccepted() {
                Watch.guarded(() -> watched.sending.onEnd(null));
                reply.onAccepted();
            }

            @Override
            public void onFailed(ProviderException cause) {
                Watch.guarded(() -> watched.sending.onEnd(cause));
                reply.onFailed(cause);
            }
        });
    }

    @Override
    public CompletableFuture<Boolean> withdraw(Encoded message) {
        Watched watched = (Watched) message;
        return Relay.of(
                observed.withdraw(watched.encoded),
                withdrawn -> {
                    if (withdrawn) {
                        ProviderException never = new ProviderException(
                                ProviderException.Reason.MESSAGE_RELEASED, "it was taken back before it was sent");
                        Watch.guarded(() -> watched.sending.onEnd(never));
                    }
                    return withdrawn;
                },
                unwanted -> {});
    }

    @Override
    public CompletableFuture<Void> close() {
        return observed.close();
    }
}
