package dev.godwit.broker.message;

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
    private static final long NEVER = Long.MAX_VALUE;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final ByteBuffer encoded;
    private final int bareOffset;
    private final boolean deliverableAsItCame;
    private final boolean durable;
    private final int priority;
    private final long ttlMillis;
    private final long arrivalTimeMillis;

    /** @param sections what a scan of {@code encoded} found */
    Message(ByteBuffer encoded, MessageSections sections, long arrivalTimeMillis) {
        this.encoded = encoded;
        this.bareOffset = sections.messageAnnotationsOffset();
        this.deliverableAsItCame = sections.deliveryAnnotationsOffset() == bareOffset && sections.deliveryCount() == 0;
        this.durable = sections.isDurable();
        this.priority = sections.priority();
        this.ttlMillis = sections.ttlMillis();
        this.arrivalTimeMillis = arrivalTimeMillis;
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

    /** AMQP 1.0 §3.2.1: 4 is normal, higher is more urgent. */
    public int priority() {
        return priority;
    }

    /** Wall clock, milliseconds since the epoch. */
    public long arrivalTimeMillis() {
        return arrivalTimeMillis;
    }

    public boolean mayExpire() {
        return ttlMillis != MessageSections.NO_TTL;
    }

    /** When its time to live ends, counted from its arrival here (AMQP 1.0 §3.2.1); wall clock, milliseconds. */
    public long expiryTimeMillis() {
        return mayExpire() ? arrivalTimeMillis + ttlMillis : NEVER;
    }

    public boolean isExpired(long nowMillis) {
        return expiryTimeMillis() <= nowMillis;
    }

    /**
     * The header section to send in place of the one that came, or nothing when the message may go as it came: on its
     * first delivery.
     *
     * @param deliveryCount attempts that failed before
     * @param firstAcquirer false when another consumer may have had it
     */
    public ByteBuffer head(int deliveryCount, boolean firstAcquirer) {
        if (deliverableAsItCame && deliveryCount == 0 && firstAcquirer) {
            return NOTHING;
        }
        return MessageHeaderCodec.encode(new Header(durable, priority, ttlMillis, firstAcquirer, deliveryCount));
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

    /** Where its own properties begin, or what follows them: all that is rewritten on the way stands before. */
    public int bodySideOffset() {
        return bareOffset;
    }

    /** The same message without a time to live, as if it had never been delivered. */
    public Message withoutExpiry(MessageReader reader) {
        return mayExpire() ? reader.read(encodedWithoutExpiry(), arrivalTimeMillis) : this;
    }

    /** The same for the beginning of a large message. */
    public Message headWithoutExpiry(MessageReader reader) {
        if (!mayExpire()) {
            return this;
        }
        var head = reader.readHead(encodedWithoutExpiry(), arrivalTimeMillis);
        if (head == null) {
            throw new IllegalStateException("a head without a time to live ends before its sections do");
        }
        return head;
    }

    private ByteBuffer encodedWithoutExpiry() {
        var head = MessageHeaderCodec.encode(new Header(durable, priority, MessageSections.NO_TTL, false, 0));
        var bare = tail(head);
        return ByteBuffer.allocate(head.remaining() + bare.remaining())
                .put(head)
                .put(bare.duplicate())
                .flip();
    }

    /** The address in its properties; null when there is none. Reads the message again. */
    public @Nullable String to() {
        var sections = new MessageSections();
        sections.scanHead(encoded);
        return sections.to();
    }
}
