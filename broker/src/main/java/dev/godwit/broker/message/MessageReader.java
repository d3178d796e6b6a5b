package dev.godwit.broker.message;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Makes messages of what came from the network or the journal. Owned by one loop: it reads one after the other. */
public final class MessageReader {
    /** Made for the first message: many readers wait for one that may never come. */
    private @Nullable MessageSections sections;

    private final @Nullable Numbering numbering;

    public MessageReader() {
        this(null);
    }

    /** @param numbering what comes has it as its {@link Message#numbering} */
    public MessageReader(@Nullable Numbering numbering) {
        this.numbering = numbering;
    }

    private MessageSections sections() {
        var made = sections;
        if (made == null) {
            made = new MessageSections();
            sections = made;
        }
        return made;
    }

    /**
     * Reads a message, from position to limit. The buffer is kept, not copied.
     *
     * @param arrivalTimeMillis wall clock, milliseconds since the epoch
     * @throws AmqpDecodeException when it is not a well-formed AMQP message
     */
    public Message read(ByteBuffer encoded, long arrivalTimeMillis) {
        return read(encoded, arrivalTimeMillis, numbering);
    }

    /** The same for a message of another's numbering. */
    Message read(ByteBuffer encoded, long arrivalTimeMillis, @Nullable Numbering itsNumbering) {
        var sections = sections();
        sections.scan(encoded);
        return new Message(
                encoded, sections, arrivalTimeMillis, DeliveryTime.of(sections, arrivalTimeMillis), itsNumbering);
    }

    /** The same for a message whose time has come, whatever it says: one that goes from one address to another. */
    Message readForNow(ByteBuffer encoded, long arrivalTimeMillis) {
        var sections = sections();
        sections.scan(encoded);
        return new Message(encoded, sections, arrivalTimeMillis, DeliveryTime.AT_ONCE, null);
    }

    /**
     * Reads the beginning of a message too large to be held whole. What it makes of it has facts, a head and a tail as any
     * message; only the tail ends where the beginning ends.
     *
     * @return null when header, annotations and properties do not end within these bytes
     * @throws AmqpDecodeException when it does not begin as a well-formed AMQP message does
     */
    public @Nullable Message readHead(ByteBuffer beginning, long arrivalTimeMillis) {
        return readHead(beginning, arrivalTimeMillis, numbering);
    }

    /** The same for a message of another's numbering. */
    @Nullable
    Message readHead(ByteBuffer beginning, long arrivalTimeMillis, @Nullable Numbering itsNumbering) {
        var sections = sections();
        return sections.scanHead(beginning)
                ? new Message(
                        beginning,
                        sections,
                        arrivalTimeMillis,
                        DeliveryTime.of(sections, arrivalTimeMillis),
                        itsNumbering)
                : null;
    }

    /** The same for a message whose time has come, whatever it says. */
    @Nullable
    Message readHeadForNow(ByteBuffer beginning, long arrivalTimeMillis) {
        var sections = sections();
        return sections.scanHead(beginning)
                ? new Message(beginning, sections, arrivalTimeMillis, DeliveryTime.AT_ONCE, null)
                : null;
    }

    /** What is wrong with the time at which the message is to be given out that was read last; null when nothing is. */
    public @Nullable ErrorCondition objectionToDeliveryTime() {
        var sections = sections();
        var objection = sections.speaksOfDelivery() ? DeliveryTime.objection(sections) : null;
        return objection == null ? null : AmqpError.INVALID_FIELD.because(objection);
    }

    /**
     * The key of an annotation of the message that was read last whose meaning must be known (AMQP 1.0 §3.2.10).
     *
     * @see MessageSections#annotationToUnderstand
     */
    @Nullable
    Object annotationToUnderstand(boolean privateOnesToo) {
        return sections().annotationToUnderstand(privateOnesToo);
    }

    /** True when these bytes hold all that stands before the body of a message, and the beginning of that. */
    public boolean reachesBody(ByteBuffer beginning) {
        try {
            return sections().scanBeforeBody(beginning);
        } catch (AmqpDecodeException cutOffOrMalformed) {
            return false;
        }
    }

    /**
     * What {@link #readHead} does, for a message that was taken in before.
     *
     * @throws MalformedMessageException when it does not begin as a well-formed AMQP message does
     */
    public @Nullable Message readHeadAgain(ByteBuffer beginning, long arrivalTimeMillis)
            throws MalformedMessageException {
        try {
            return readHead(beginning, arrivalTimeMillis);
        } catch (AmqpDecodeException malformed) {
            throw new MalformedMessageException(malformed);
        }
    }

    /** A message without anything, to stand for one of which nothing can be known. */
    public Message empty() {
        return read(ByteBuffer.allocate(0), 0);
    }

    /**
     * Reads a message that {@link #read} took in before, from position to limit: only what the broker acts on, since the
     * rest was found well-formed then. The buffer is kept, not copied.
     *
     * @throws MalformedMessageException when it does not even begin like an AMQP message
     */
    public Message readAgain(ByteBuffer encoded, long arrivalTimeMillis) throws MalformedMessageException {
        return new Message(encoded, scanAgain(encoded), arrivalTimeMillis, DeliveryTime.AT_ONCE, null);
    }

    /** The same of a message with which it was kept when its time to live ends. */
    public Message readAgain(ByteBuffer encoded, long arrivalTimeMillis, long expiryTimeMillis)
            throws MalformedMessageException {
        return new Message(
                encoded, scanAgain(encoded), arrivalTimeMillis, DeliveryTime.AT_ONCE, null, expiryTimeMillis);
    }

    private MessageSections scanAgain(ByteBuffer encoded) throws MalformedMessageException {
        try {
            var sections = sections();
            sections.scanDeliverySections(encoded);
            return sections;
        } catch (AmqpDecodeException malformed) {
            throw new MalformedMessageException(malformed);
        }
    }
}
