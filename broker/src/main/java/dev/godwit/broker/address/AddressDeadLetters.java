package dev.godwit.broker.address;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.queue.DeadLetters;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageSource;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps dead letters at an address of the broker. Owned by the loop of the queues that they come from. */
public final class AddressDeadLetters implements DeadLetters {
    private static final Logger log = LoggerFactory.getLogger(AddressDeadLetters.class);
    private static final String CREATOR = "dead letters";

    private final Addresses addresses;
    private final @Nullable String deadLetterAddress;
    private final EventLoop owner;
    private final DeadLetterLog deadLetterLog;
    private final MessageReader reader = new MessageReader();

    /** @param deadLetterAddress null to drop dead letters, counted in the log */
    public AddressDeadLetters(Addresses addresses, @Nullable String deadLetterAddress, EventLoop owner, Clock clock) {
        this.addresses = addresses;
        this.deadLetterAddress = deadLetterAddress;
        this.owner = owner;
        this.deadLetterLog = new DeadLetterLog(clock);
    }

    @Override
    public boolean isLastResort(String queue) {
        return queue.equals(deadLetterAddress);
    }

    @Override
    public void take(String fromQueue, Message message, @Nullable ErrorCondition error, EnqueueReply reply) {
        // A dead letter waits for a person, however long its sender wanted it to live.
        take(fromQueue, error, reply, door -> door.enqueue(message.withoutExpiry(reader), reply));
    }

    @Override
    public void takeLarge(
            String fromQueue, LargeMessageSource message, @Nullable ErrorCondition error, EnqueueReply reply) {
        take(fromQueue, error, reply, door -> message.copyTo(door, reply));
    }

    private void take(
            String fromQueue, @Nullable ErrorCondition error, EnqueueReply reply, Consumer<ProducerDoor> enqueuing) {
        owner.assertCurrent();
        if (deadLetterAddress == null) {
            deadLetterLog.add(fromQueue, "is dropped", error);
            reply.onSafe();
            return;
        }
        deadLetterLog.add(fromQueue, "goes to " + deadLetterAddress, error);
        addresses.declare(deadLetterAddress, CREATOR, owner, new AddressReply() {
            @Override
            public void onFound(QueueDoor door) {
                enqueuing.accept(door.openProducer(owner));
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                log.warn(
                        "queue {}: a rejected message stays, since {} is not to be had: {}",
                        fromQueue,
                        deadLetterAddress,
                        description);
                reply.onRefused();
            }
        });
    }
}
