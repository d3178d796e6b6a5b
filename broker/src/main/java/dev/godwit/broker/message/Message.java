package dev.godwit.broker.message;

import dev.godwit.amqp.message.AnnotationsCodec;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageHeaderCodec;
import dev.godwit.amqp.message.MessageSections;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A message as the broker sees it: the few facts it acts on, and the encoded AMQP sections it only carries. Immutable; any
 * loop may read it.
 */
public final class Message {
    /** What the beginning of a section takes at most: that of the first unread one has to be seen whole. */
    private static final int DESCRIPTOR_BYTES_MAX = 16;

    private static final long NEVER = Long.MAX_VALUE;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final ByteBuffer encoded;
    private final int bareOffset;
    private final boolean deliverableAsItCame;
    private final boolean cameAsFirst;
    private final boolean durable;
    private final boolean grouped;
    private final int priority;
    private final boolean expiresByItself;
    private final long expiryTimeMillis;
    private final long arrivalTimeMillis;
    private final long notBeforeMillis;
    private final @Nullable Numbering numbering;

    /**
     * @param sections what a scan of {@code encoded} found
     * @param notBeforeMillis as {@link #notBeforeMillis} has it
     * @param numbering as {@link #numbering} has it
     */
    Message(
            ByteBuffer encoded,
            MessageSections sections,
            long arrivalTimeMillis,
            long notBeforeMillis,
            @Nullable Numbering numbering) {
        this(
                encoded,
                sections,
                arrivalTimeMillis,
                notBeforeMillis,
                numbering,
                sections.ttlMillis() == MessageSections.NO_TTL ? NEVER : arrivalTimeMillis + sections.ttlMillis());
    }

    /** @param expiryTimeMillis as {@link #expiryTimeMillis} has it, which may be earlier than the message says */
    Message(
            ByteBuffer encoded,
            MessageSections sections,
            long arrivalTimeMillis,
            long notBeforeMillis,
            @Nullable Numbering numbering,
            long expiryTimeMillis) {
        this.numbering = numbering;
        this.encoded = encoded;
        this.bareOffset = sections.messageAnnotationsOffset();
        this.deliverableAsItCame = sections.deliveryAnnotationsOffset() == bareOffset
                && sections.deliveryCount() == 0
                && sections.ttlMillis() == MessageSections.NO_TTL;
        this.cameAsFirst = sections.isFirstAcquirer();
        this.durable = sections.isDurable();
        this.grouped = sections.hasGroup();
        this.priority = sections.priority();
        this.expiresByItself = sections.ttlMillis() != MessageSections.NO_TTL;
        this.expiryTimeMillis = expiryTimeMillis;
        this.arrivalTimeMillis = arrivalTimeMillis;
        this.notBeforeMillis = notBeforeMillis;
    }

    private Message(Message same, Numbering numbering) {
        this.numbering = numbering;
        this.encoded = same.encoded;
        this.bareOffset = same.bareOffset;
        this.deliverableAsItCame = same.deliverableAsItCame;
        this.cameAsFirst = same.cameAsFirst;
        this.durable = same.durable;
        this.grouped = same.grouped;
        this.priority = same.priority;
        this.expiresByItself = same.expiresByItself;
        this.expiryTimeMillis = same.expiryTimeMillis;
        this.arrivalTimeMillis = same.arrivalTimeMillis;
        this.notBeforeMillis = same.notBeforeMillis;
    }

    /** The whole message as it came, or the beginning of a large one, from position to limit. Not to be changed, its marks included: duplicate it. */
    public ByteBuffer encoded() {
        return encoded;
    }

    public int sizeBytes() {
        return encoded.remaining();
    }

    public boolean isDurable() {
        return durable;
    }

    /**
     * Whose numbers its producer's are, when that asked on its link that what it numbers be taken once; else null. Known of a
     * message that has just come, not of one that was read again.
     */
    public @Nullable Numbering numbering() {
        return numbering;
    }

    /** The same message, which has come along a route. It shares its bytes. */
    public Message along(Numbering route) {
        return numbering == null ? this : new Message(this, numbering.along(route));
    }

    /** True when it has a group-id (AMQP 1.0 §3.2.4), which {@link GroupReader} reads. */
    public boolean hasGroup() {
        return grouped;
    }

    /** AMQP 1.0 §3.2.1: 4 is normal, higher is more urgent. */
    public int priority() {
        return priority;
    }

    /** Wall clock, milliseconds since the epoch. */
    public long arrivalTimeMillis() {
        return arrivalTimeMillis;
    }

    /**
     * Nobody is to be given it earlier: wall clock, milliseconds since the epoch, or {@link DeliveryTime#AT_ONCE}. Known of
     * a message that has just come, not of one that was read again.
     */
    public long notBeforeMillis() {
        return notBeforeMillis;
    }

    /**
     * When its time to live ends, counted from its arrival here (AMQP 1.0 §3.2.1); wall clock, milliseconds. Of one that was
     * read again, what the queue where it was made of that.
     */
    public long expiryTimeMillis() {
        return expiryTimeMillis;
    }

    public boolean isExpired(long nowMillis) {
        return expiryTimeMillis() <= nowMillis;
    }

    /**
     * The header section to send in place of the one that came, or nothing when the message may go as it came: on its
     * first delivery, if it does not expire.
     *
     * @param deliveryCount attempts that failed before
     * @param firstAcquirer false when another consumer may have had it
     * @param leftMillis how long it still lives (AMQP 1.0 §3.2.1); of no account for one that does not say that it expires
     */
    public ByteBuffer head(int deliveryCount, boolean firstAcquirer, long leftMillis) {
        if (deliverableAsItCame && deliveryCount == 0 && firstAcquirer) {
            return NOTHING;
        }
        return MessageHeaderCodec.encode(header(deliveryCount, firstAcquirer, leftMillis));
    }

    /**
     * The same with delivery annotations (AMQP 1.0 §3.2.2), so that it does not go as it came.
     *
     * @param deliveryAnnotations a whole section; null for none
     */
    public ByteBuffer head(
            int deliveryCount, boolean firstAcquirer, long leftMillis, @Nullable ByteBuffer deliveryAnnotations) {
        if (deliveryAnnotations == null) {
            return head(deliveryCount, firstAcquirer, leftMillis);
        }
        return joined(MessageHeaderCodec.encode(header(deliveryCount, firstAcquirer, leftMillis)), deliveryAnnotations);
    }

    /** What comes without the claim to be new goes out without it. A time to live of 0 would be none to many. */
    private Header header(int deliveryCount, boolean firstAcquirer, long leftMillis) {
        long ttl = expiresByItself ? Math.min(ttlMillis(), Math.max(1, leftMillis)) : MessageSections.NO_TTL;
        return new Header(durable, priority, ttl, firstAcquirer && cameAsFirst, deliveryCount);
    }

    private long ttlMillis() {
        return Math.max(0, expiryTimeMillis - arrivalTimeMillis);
    }

    /** What follows {@link #head}: all of the message when that is nothing, else from the message annotations on. */
    public ByteBuffer tail(ByteBuffer head) {
        if (!head.hasRemaining()) {
            return encoded;
        }
        var bare = encoded.duplicate();
        bare.position(encoded.position() + bareOffset);
        return bare;
    }

    /**
     * What to send when the message was given annotations after it came.
     *
     * @param deliveryCount attempts that failed before
     * @param firstAcquirer false when another consumer may have had it
     * @param leftMillis how long it still lives
     */
    public Rewritten rewritten(int deliveryCount, boolean firstAcquirer, long leftMillis, AddedAnnotations added) {
        return rewritten(header(deliveryCount, firstAcquirer, leftMillis), added);
    }

    /**
     * The same with delivery annotations.
     *
     * @param deliveryAnnotations a whole section; null for none
     */
    public Rewritten rewritten(
            int deliveryCount,
            boolean firstAcquirer,
            long leftMillis,
            AddedAnnotations added,
            @Nullable ByteBuffer deliveryAnnotations) {
        var newHeader = MessageHeaderCodec.encode(header(deliveryCount, firstAcquirer, leftMillis));
        return rewritten(deliveryAnnotations == null ? newHeader : joined(newHeader, deliveryAnnotations), added);
    }

    private Rewritten rewritten(Header header, AddedAnnotations added) {
        return rewritten(MessageHeaderCodec.encode(header), added);
    }

    /** @param before the sections that stand before the message annotations */
    private Rewritten rewritten(ByteBuffer before, AddedAnnotations added) {
        var sections = new MessageSections();
        sections.scanHead(encoded);
        var head = joined(before, AnnotationsCodec.mergeMessageAnnotations(sections, added.annotations()));
        var bare = encoded.duplicate();
        bare.position(encoded.position() + sections.propertiesOffset());
        return new Rewritten(head, bare);
    }

    /**
     * A message as it is sent.
     *
     * @param head header and message annotations, made anew
     * @param tail all that follows, as it came
     */
    public record Rewritten(ByteBuffer head, ByteBuffer tail) {
        private ByteBuffer joined() {
            return Message.joined(head, tail);
        }
    }

    private static ByteBuffer joined(ByteBuffer first, ByteBuffer second) {
        return ByteBuffer.allocate(first.remaining() + second.remaining())
                .put(first.duplicate())
                .put(second.duplicate())
                .flip();
    }

    /** The same message with annotations, without a time to live, as if it had never been delivered. */
    public Message asDeadLetter(AddedAnnotations added, MessageReader reader) {
        return reader.readForNow(rewritten(deadLetterHeader(), added).joined(), arrivalTimeMillis);
    }

    /**
     * The same for the beginning of a large message.
     *
     * @param headBytesMax how long header, annotations and properties may be; when they would be longer, the annotations
     *     are left out
     */
    public Message headAsDeadLetter(AddedAnnotations added, int headBytesMax, MessageReader reader) {
        var beginning = rewritten(deadLetterHeader(), added).joined();
        var head = headWithin(beginning, headBytesMax, reader);
        if (head == null) {
            head = headWithin(withHeader(deadLetterHeader()), Integer.MAX_VALUE, reader);
        }
        if (head == null) {
            throw new IllegalStateException("a head with a new header ends before its sections do");
        }
        return head;
    }

    /** The same message with annotations, each in place of its own of that name, and as young as it was. */
    public Message annotated(AddedAnnotations added, MessageReader reader) {
        return reader.read(rewritten(header(0, true, ttlMillis()), added).joined(), arrivalTimeMillis, numbering);
    }

    /**
     * The same for the beginning of a large message.
     *
     * @param headBytesMax how long header, annotations and properties may be
     * @return null when they would be longer
     */
    public @Nullable Message headAnnotated(AddedAnnotations added, int headBytesMax, MessageReader reader) {
        var beginning = rewritten(header(0, true, ttlMillis()), added).joined();
        var sections = new MessageSections();
        boolean fits = sections.scanHead(beginning)
                && sections.applicationPropertiesOffset() + DESCRIPTOR_BYTES_MAX <= headBytesMax;
        return fits ? reader.readHead(beginning, arrivalTimeMillis, numbering) : null;
    }

    private @Nullable Message headWithin(ByteBuffer beginning, int bytesMax, MessageReader reader) {
        var sections = new MessageSections();
        return sections.scanHead(beginning) && sections.applicationPropertiesOffset() + DESCRIPTOR_BYTES_MAX <= bytesMax
                ? reader.readHeadForNow(beginning, arrivalTimeMillis)
                : null;
    }

    private Header deadLetterHeader() {
        return new Header(durable, priority, MessageSections.NO_TTL, false, 0);
    }

    private ByteBuffer withHeader(Header header) {
        var head = MessageHeaderCodec.encode(header);
        return new Rewritten(head, tail(head)).joined();
    }

    /** A message annotation; null when there is none of that name. Reads the message again. */
    public @Nullable Object annotation(String symbol) {
        var sections = new MessageSections();
        sections.scanHead(encoded);
        return sections.messageAnnotation(symbol);
    }

    /** The address for replies in its properties; null when there is none. Reads the message again. */
    public @Nullable String replyTo() {
        var sections = new MessageSections();
        sections.scanHead(encoded);
        return sections.replyTo();
    }

    /** The address in its properties; null when there is none. Reads the message again. */
    public @Nullable String to() {
        var sections = new MessageSections();
        sections.scanHead(encoded);
        return sections.to();
    }
}
