package dev.godwit.broker.address;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.queue.DeadLetter;
import dev.godwit.broker.queue.DeadLetters;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageSource;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Keeps dead letters at an address of the broker. Owned by the loop of the queues that they come from. */
public final class AddressDeadLetters implements DeadLetters {
    private static final Logger log = LoggerFactory.getLogger(AddressDeadLetters.class);
    private static final String CREATOR = "dead letters";

    private final Addresses addresses;
    private final @Nullable String deadLetterAddress;
    private final EventLoop owner;
    private final Clock clock;
    private final DeadLetterLog deadLetterLog;
    private final DeadLetterLog refusalLog;
    private final MessageReader reader = new MessageReader();

    /** @param deadLetterAddress null to drop dead letters, counted in the log */
    public AddressDeadLetters(Addresses addresses, @Nullable String deadLetterAddress, EventLoop owner, Clock clock) {
        this.addresses = addresses;
        this.deadLetterAddress = deadLetterAddress;
        this.owner = owner;
        this.clock = clock;
        this.deadLetterLog = new DeadLetterLog(clock, Level.INFO);
        this.refusalLog = new DeadLetterLog(clock, Level.WARN);
    }

    @Override
    public boolean isLastResort(String queue) {
        return queue.equals(deadLetterAddress);
    }

    @Override
    public void take(DeadLetter why, Message message, EnqueueReply reply) {
        // A dead letter waits for a person, however long its sender wanted it to live.
        take(why, reply, (door, added) -> door.enqueue(message.asDeadLetter(added, reader), reply));
    }

    @Override
    public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
        take(why, reply, (door, added) -> message.copyTo(door, added, reply));
    }

    private void take(DeadLetter why, EnqueueReply reply, BiConsumer<ProducerDoor, AddedAnnotations> enqueuing) {
        owner.assertCurrent();
        var address = why.toAddress() == null ? deadLetterAddress : why.toAddress();
        if (address == null || address.isEmpty()) {
            deadLetterLog.add(why.fromQueue(), what(why), "is dropped", why.error());
            reply.onSafe();
            return;
        }
        deadLetterLog.add(why.fromQueue(), what(why), "goes to " + address, why.error());
        addresses.declare(address, CREATOR, owner, new AddressReply() {
            @Override
            public void onFound(QueueDoor door) {
                if (why.reason() == DeadLetter.Reason.EXPIRED && door.name().equals(why.fromQueue())) {
                    // By another name it would come back, without the end that its time to live had.
                    deadLetterLog.add(why.fromQueue(), what(why), "is dropped: " + address + " is its own queue", null);
                    reply.onSafe();
                    return;
                }
                try {
                    enqueuing.accept(door.openProducer(owner), DeadLetterAnnotations.of(why, clock.nowMillis()));
                } catch (RuntimeException broken) {
                    log.error(
                            "queue {}: {} stays, no dead letter can be made of it", why.fromQueue(), what(why), broken);
                    reply.onRefused();
                }
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                refusalLog.add(
                        why.fromQueue(),
                        what(why),
                        "stays, since " + address + " is not to be had: " + description,
                        why.error());
                reply.onRefused();
            }
        });
    }

    private static String what(DeadLetter why) {
        return why.reason() == DeadLetter.Reason.EXPIRED ? "an expired message" : "a rejected message";
    }
}
