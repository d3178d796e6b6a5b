package dev.godwit.broker.message;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.MessageSections;
import java.nio.ByteBuffer;

/** Makes messages of what came from the network or the journal. Owned by one loop: it reads one after the other. */
public final class MessageReader {
    private final MessageSections sections = new MessageSections();

    /**
     * Reads a message, from position to limit. The buffer is kept, not copied.
     *
     * @param arrivalTimeMillis wall clock, milliseconds since the epoch
     * @throws AmqpDecodeException when it is not a well-formed AMQP message
     */
    public Message read(ByteBuffer encoded, long arrivalTimeMillis) {
        sections.scan(encoded);
        return new Message(encoded, sections, arrivalTimeMillis);
    }
}
