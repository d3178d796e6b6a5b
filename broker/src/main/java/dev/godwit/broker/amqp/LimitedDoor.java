package dev.godwit.broker.amqp;

import dev.godwit.broker.intake.Rate;
import dev.godwit.broker.intake.Rates;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageDoor;
import dev.godwit.broker.queue.LargeMessageReply;
import dev.godwit.broker.queue.ProducerDoor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The way to an address that messages of an anonymous link name themselves: what passes is charged to the address, and what is too
 * long for it is rejected. Owned by the link's loop; lives as long as the link remembers the address.
 */
final class LimitedDoor implements ProducerDoor {
    private final String address;
    private final ProducerDoor door;
    private final Rates rates;
    private final ProducerPace pace;
    private int generation;
    private @Nullable Rate rate;
    private long messageBytesMax;

    LimitedDoor(String address, ProducerDoor door, Rates rates, ProducerPace pace) {
        this.address = address;
        this.door = door;
        this.rates = rates;
        this.pace = pace;
        learn();
    }

    private void learn() {
        generation = rates.generation();
        rate = rates.ofAddress(address, false);
        long ofThere = rates.messageBytesMax(address);
        messageBytesMax = ofThere == 0 ? Long.MAX_VALUE : ofThere;
    }

    private void onArrived(long messages, long bytes) {
        if (generation != rates.generation()) {
            learn();
        }
        if (rate != null) {
            pace.onArrivedAt(rate, messages, bytes);
        }
    }

    @Override
    public void enqueue(Message message, EnqueueReply reply) {
        onArrived(1, message.sizeBytes());
        if (message.sizeBytes() > messageBytesMax) {
            reply.onRejected(ProducerPace.tooLong(messageBytesMax, address));
        } else {
            door.enqueue(message, reply);
        }
    }

    @Override
    public LargeMessageDoor openLarge(Message head, LargeMessageReply reply) {
        onArrived(1, 0);
        return new Parts(door.openLarge(head, reply), reply);
    }

    @Override
    public void leave() {
        door.leave();
    }

    /** A message whose length is only known at its end. */
    private final class Parts implements LargeMessageDoor {
        private final LargeMessageDoor there;
        private final LargeMessageReply reply;
        private long bytes;
        private boolean tooLong;

        Parts(LargeMessageDoor there, LargeMessageReply reply) {
            this.there = there;
            this.reply = reply;
        }

        @Override
        public void addPart(ByteBuffer part) {
            onArrived(0, part.remaining());
            bytes += part.remaining();
            if (!tooLong && bytes > messageBytesMax) {
                tooLong = true;
                there.giveUp();
            }
            if (tooLong) {
                reply.onPartsTaken(part.remaining());
            } else {
                there.addPart(part);
            }
        }

        @Override
        public void end() {
            if (tooLong) {
                reply.onRejected(ProducerPace.tooLong(messageBytesMax, address));
            } else {
                there.end();
            }
        }

        @Override
        public void giveUp() {
            if (!tooLong) {
                there.giveUp();
            }
        }
    }
}
