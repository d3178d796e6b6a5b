package dev.godwit.amqp.message;

import dev.godwit.amqp.message.ValueCheck.KeyRule;
import dev.godwit.amqp.type.AmqpType;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a broker needs to know of an encoded message, found in one pass that does not open the body (AMQP 1.0 §3.2). Owned
 * by whoever made it; {@link #scan} may be called for one message after the other, and allocates nothing.
 *
 * <p>A message that {@code scan} lets pass has its sections in order, each complete, and everything in them but the body
 * well encoded, down to the last character: none of the methods here throws {@link AmqpDecodeException} afterwards. They
 * speak of the last message that was scanned, whose bytes must not have changed.
 *
 * <p>Offsets count from the beginning of the message. Sections stand without gaps: each ends where the next begins, and
 * one that is absent begins and ends at the same place.
 */
public final class MessageSections {
    /** {@link #ttlMillis} of a message that lives for ever. */
    public static final long NO_TTL = -1;

    /** A point in time that the sender did not give. */
    public static final long NO_TIME = Long.MIN_VALUE;

    /** {@link #groupSequence} when there is none. */
    public static final long NO_GROUP_SEQUENCE = -1;

    private static final int RANK_HEADER = 0;
    private static final int RANK_DELIVERY_ANNOTATIONS = 1;
    private static final int RANK_MESSAGE_ANNOTATIONS = 2;
    private static final int RANK_PROPERTIES = 3;
    private static final int RANK_APPLICATION_PROPERTIES = 4;
    private static final int RANK_BODY = 5;
    private static final int RANK_FOOTER = 6;
    private static final int RANK_END = 7;

    private final ValueCheck check = new ValueCheck();
    private final AmqpDecoder decoder;

    private ByteBuffer buffer = ByteBuffer.allocate(0);

    /** Index of the message's first byte in the buffer; everything below is an index of the buffer too. */
    private int base;

    private final int[] starts = new int[RANK_END + 1];
    private final HeaderFields header = new HeaderFields();
    private final PropertyFields properties = new PropertyFields();
    private BodyKind bodyKind = BodyKind.NONE;

    /** Indexes of the maps themselves, behind their descriptors; {@link EncodedValue#ABSENT}. */
    private int deliveryAnnotations;

    private int messageAnnotations;
    private int applicationProperties;
    private int footer;

    /** Indexes of the first annotation keys that must be understood, and that must be although all private ones may not. */
    private int requiredAnnotation;

    private int reservedAnnotation;

    private boolean speaksOfDelivery;

    /** Found in properties that were not read. */
    private boolean groupInUnread;

    /** Index of the first body section's value, behind its descriptor; {@link EncodedValue#ABSENT}. */
    private int bodyValue;

    public MessageSections() {
        decoder = new AmqpDecoder(buffer);
        forget();
    }

    private void forget() {
        header.forget();
        properties.forget();
        bodyKind = BodyKind.NONE;
        deliveryAnnotations = EncodedValue.ABSENT;
        messageAnnotations = EncodedValue.ABSENT;
        applicationProperties = EncodedValue.ABSENT;
        footer = EncodedValue.ABSENT;
        requiredAnnotation = EncodedValue.ABSENT;
        reservedAnnotation = EncodedValue.ABSENT;
        speaksOfDelivery = false;
        groupInUnread = false;
        bodyValue = EncodedValue.ABSENT;
    }

    /**
     * Reads a message, from the buffer's position to its limit, which stay as they are.
     *
     * @throws AmqpDecodeException this scanner then speaks of a message without sections
     */
    public void scan(ByteBuffer message) {
        scan(message, RANK_END);
    }

    /**
     * Reads the beginning of a message that is too long to be held whole: header, annotations and properties. Of what
     * follows nothing is looked at, and nothing is known afterwards but where it begins.
     *
     * @return false when the bytes end before those sections do, or with them
     * @throws AmqpDecodeException also when a section is cut off by the end of the bytes; this scanner then speaks of a
     *     message without sections
     */
    public boolean scanHead(ByteBuffer beginning) {
        return scan(beginning, RANK_APPLICATION_PROPERTIES);
    }

    /**
     * Reads all that stands before the body. Of the body is only known where it begins, so a message of which the rest is
     * missing will do.
     *
     * @return false when the bytes end before there is a body
     * @throws AmqpDecodeException also when a section is cut off by the end of the bytes; this scanner then speaks of a
     *     message without sections
     */
    public boolean scanBeforeBody(ByteBuffer message) {
        return scan(message, RANK_BODY);
    }

    /**
     * Reads what the nodes on its way may change of a message that was scanned as a whole before: header and delivery
     * annotations. Of what follows only is known where it begins, and {@link #hasGroup}.
     */
    public void scanDeliverySections(ByteBuffer message) {
        if (scan(message, RANK_MESSAGE_ANNOTATIONS)) {
            groupInUnread = findsGroup(starts[RANK_MESSAGE_ANNOTATIONS], message.limit());
        }
    }

    /** Looks for a group-id from the first section on that was not read, without reading anything else. */
    private boolean findsGroup(int from, int end) {
        int at = from;
        int code = sectionCode(at, end);
        if (code == SectionCode.MESSAGE_ANNOTATIONS) {
            at = EncodedValue.contentEnd(buffer, buffer.get(at + 1) & 0xff, at + 2, end);
            at = EncodedValue.skip(buffer, at, end);
            if (at == end) {
                return false;
            }
            code = sectionCode(at, end);
        }
        if (code != SectionCode.PROPERTIES) {
            return false;
        }
        int list = EncodedValue.contentEnd(buffer, buffer.get(at + 1) & 0xff, at + 2, end);
        return PropertyFields.findsGroup(buffer, list, end);
    }

    private boolean scan(ByteBuffer message, int firstUnreadRank) {
        AmqpDecoder.requireBigEndian(message);
        forget();
        buffer = message;
        base = message.position();
        Arrays.fill(starts, message.limit());
        try {
            return scanSections(message.limit(), firstUnreadRank);
        } catch (AmqpDecodeException e) {
            forget();
            Arrays.fill(starts, message.limit());
            throw e;
        }
    }

    /** False when there was no section of that rank or a later one. */
    private boolean scanSections(int end, int firstUnreadRank) {
        int rank = -1;
        int at = base;
        while (at < end) {
            int code = sectionCode(at, end);
            int value = EncodedValue.contentEnd(buffer, buffer.get(at + 1) & 0xff, at + 2, end);
            int newRank = rank(code);
            if (newRank <= rank && !isFurtherBody(code, newRank, rank)) {
                throw new AmqpDecodeException(at, "section 0x" + Integer.toHexString(code) + " is out of order");
            }
            for (int absent = rank + 1; absent <= newRank; absent++) {
                starts[absent] = at;
            }
            rank = newRank;
            if (newRank >= firstUnreadRank) {
                return true;
            }
            at = section(code, value, end);
        }
        return false;
    }

    private int sectionCode(int at, int end) {
        if (buffer.get(at) != FormatCode.DESCRIBED) {
            throw new AmqpDecodeException(at, "a section begins with 0x00, not " + (buffer.get(at) & 0xff));
        }
        return SectionCode.read(buffer, at + 1, end);
    }

    private static int rank(int code) {
        if (code < SectionCode.DATA) {
            return RANK_HEADER + code - SectionCode.HEADER;
        }
        return code == SectionCode.FOOTER ? RANK_FOOTER : RANK_BODY;
    }

    /** Data may follow data, and sequence sequence. */
    private boolean isFurtherBody(int code, int newRank, int rank) {
        return newRank == RANK_BODY
                && rank == RANK_BODY
                && ((code == SectionCode.DATA && bodyKind == BodyKind.DATA)
                        || (code == SectionCode.SEQUENCE && bodyKind == BodyKind.SEQUENCE));
    }

    private int section(int code, int value, int end) {
        return switch (code) {
            case SectionCode.HEADER -> header.scan(buffer, check, value, end);
            case SectionCode.DELIVERY_ANNOTATIONS -> {
                deliveryAnnotations = value;
                int next = check.checkMap(buffer, value, end, KeyRule.DELIVERY_ANNOTATION);
                noteAnnotations(check.requiredKey(), check.requiredKey());
                yield next;
            }
            case SectionCode.MESSAGE_ANNOTATIONS -> {
                messageAnnotations = value;
                int next = check.checkMap(buffer, value, end, KeyRule.ANNOTATION);
                speaksOfDelivery = check.hasDeliveryKey();
                noteAnnotations(check.requiredKey(), check.reservedKey());
                yield next;
            }
            case SectionCode.PROPERTIES -> properties.scan(buffer, check, value, end);
            case SectionCode.APPLICATION_PROPERTIES -> {
                applicationProperties = value;
                yield check.checkMap(buffer, value, end, KeyRule.STRING);
            }
            case SectionCode.DATA -> body(BodyKind.DATA, AmqpType.BINARY, value, end);
            case SectionCode.SEQUENCE -> body(BodyKind.SEQUENCE, AmqpType.LIST, value, end);
            case SectionCode.VALUE -> body(BodyKind.VALUE, AmqpType.NULL, value, end);
            default -> {
                footer = value;
                int next = check.checkMap(buffer, value, end, KeyRule.ANNOTATION);
                noteAnnotations(check.requiredKey(), check.reservedKey());
                yield next;
            }
        };
    }

    private void noteAnnotations(int required, int reserved) {
        if (requiredAnnotation == EncodedValue.ABSENT) {
            requiredAnnotation = required;
        }
        if (reservedAnnotation == EncodedValue.ABSENT) {
            reservedAnnotation = reserved;
        }
    }

    /** @param type {@link AmqpType#NULL} for any */
    private int body(BodyKind kind, AmqpType type, int value, int end) {
        if (type != AmqpType.NULL) {
            EncodedValue.requireType(buffer, type, value, end);
        }
        if (bodyValue == EncodedValue.ABSENT) {
            bodyValue = value;
        }
        bodyKind = kind;
        return EncodedValue.skip(buffer, value, end);
    }

    /** Bytes of the whole message. */
    public int length() {
        return starts[RANK_END] - base;
    }

    public int deliveryAnnotationsOffset() {
        return starts[RANK_DELIVERY_ANNOTATIONS] - base;
    }

    /** From here on the bytes go on unchanged from sender to receiver, save message annotations that a broker adds. */
    public int messageAnnotationsOffset() {
        return starts[RANK_MESSAGE_ANNOTATIONS] - base;
    }

    /** Where the bare message begins: what the sender wrote and nobody changes. */
    public int propertiesOffset() {
        return starts[RANK_PROPERTIES] - base;
    }

    public int applicationPropertiesOffset() {
        return starts[RANK_APPLICATION_PROPERTIES] - base;
    }

    /** Of the first body section. */
    public int bodyOffset() {
        return starts[RANK_BODY] - base;
    }

    public int footerOffset() {
        return starts[RANK_FOOTER] - base;
    }

    public boolean isDurable() {
        return header.isDurable();
    }

    /** 0 to 255; 4 when the sender gave none (AMQP 1.0 §3.2.1). */
    public int priority() {
        return header.priority();
    }

    /** Milliseconds, or {@link #NO_TTL}. */
    public long ttlMillis() {
        return header.ttlMillis();
    }

    public boolean isFirstAcquirer() {
        return header.isFirstAcquirer();
    }

    public long deliveryCount() {
        return header.deliveryCount();
    }

    public BodyKind bodyKind() {
        return bodyKind;
    }

    /** The bytes of the first data section, as a view; null when the body is something else. */
    public @Nullable ByteBuffer firstData() {
        if (bodyKind != BodyKind.DATA) {
            return null;
        }
        int start = EncodedValue.variableStart(buffer, bodyValue);
        return buffer.slice(start, EncodedValue.checkedEnd(buffer, bodyValue) - start);
    }

    /** A String, an UnsignedLong, a UUID or a Binary. */
    public @Nullable Object messageId() {
        return property(PropertyFields.MESSAGE_ID);
    }

    public @Nullable Binary userId() {
        return (Binary) property(PropertyFields.USER_ID);
    }

    public @Nullable String to() {
        return (String) property(PropertyFields.TO);
    }

    public @Nullable String subject() {
        return (String) property(PropertyFields.SUBJECT);
    }

    public @Nullable String replyTo() {
        return (String) property(PropertyFields.REPLY_TO);
    }

    /** A String, an UnsignedLong, a UUID or a Binary. */
    public @Nullable Object correlationId() {
        return property(PropertyFields.CORRELATION_ID);
    }

    public @Nullable Symbol contentType() {
        return (Symbol) property(PropertyFields.CONTENT_TYPE);
    }

    public @Nullable Symbol contentEncoding() {
        return (Symbol) property(PropertyFields.CONTENT_ENCODING);
    }

    /** Milliseconds since the epoch, or {@link #NO_TIME}. */
    public long absoluteExpiryTimeMillis() {
        return bits(PropertyFields.ABSOLUTE_EXPIRY_TIME, NO_TIME);
    }

    /** Milliseconds since the epoch, or {@link #NO_TIME}. */
    public long creationTimeMillis() {
        return bits(PropertyFields.CREATION_TIME, NO_TIME);
    }

    /** True when there is a {@link #groupId}. */
    public boolean hasGroup() {
        return groupInUnread || properties.has(PropertyFields.GROUP_ID);
    }

    /** Not known after {@link #scanDeliverySections}. */
    public @Nullable String groupId() {
        return (String) property(PropertyFields.GROUP_ID);
    }

    /** 0 to 2^32-1, or {@link #NO_GROUP_SEQUENCE}. */
    public long groupSequence() {
        return bits(PropertyFields.GROUP_SEQUENCE, NO_GROUP_SEQUENCE);
    }

    public @Nullable String replyToGroupId() {
        return (String) property(PropertyFields.REPLY_TO_GROUP_ID);
    }

    /** All of these properties. */
    public MessageProperties properties() {
        if (starts[RANK_PROPERTIES] == starts[RANK_APPLICATION_PROPERTIES]) {
            return MessageProperties.NONE;
        }
        return new MessageProperties(
                messageId(),
                userId(),
                to(),
                subject(),
                replyTo(),
                correlationId(),
                contentType(),
                contentEncoding(),
                (Instant) property(PropertyFields.ABSOLUTE_EXPIRY_TIME),
                (Instant) property(PropertyFields.CREATION_TIME),
                groupId(),
                (UnsignedInteger) property(PropertyFields.GROUP_SEQUENCE),
                replyToGroupId());
    }

    private @Nullable Object property(int field) {
        return properties.has(field) ? value(properties.position(field)) : null;
    }

    private @Nullable Object value(int position) {
        decoder.reset(buffer, position, starts[RANK_END]);
        return decoder.readValue();
    }

    private long bits(int field, long absent) {
        return properties.has(field) ? EncodedValue.fixedBits(buffer, properties.position(field)) : absent;
    }

    /** One message annotation, found without decoding the others; null when it is absent, or null. */
    public @Nullable Object messageAnnotation(String symbol) {
        return entry(messageAnnotations, symbol, AmqpType.SYMBOL);
    }

    /** True when there is a message annotation whose name begins with {@code x-opt-delivery-}; most have none. */
    public boolean speaksOfDelivery() {
        return speaksOfDelivery;
    }

    /** One delivery annotation, found without decoding the others; null when it is absent, or null. */
    public @Nullable Object deliveryAnnotation(String symbol) {
        return entry(deliveryAnnotations, symbol, AmqpType.SYMBOL);
    }

    /**
     * The key of the first annotation, in any section of them that was scanned, that nobody may pass over without knowing
     * what it means: one that does not begin with {@code x-opt} (AMQP 1.0 §3.2.10). A Symbol or an UnsignedLong; null when
     * there is none.
     *
     * @param privateOnesToo false when in message annotations and the footer those may be passed over that the
     *     specification leaves to everybody, which begin with {@code x-}
     */
    public @Nullable Object annotationToUnderstand(boolean privateOnesToo) {
        int key = privateOnesToo ? requiredAnnotation : reservedAnnotation;
        return key == EncodedValue.ABSENT ? null : value(key);
    }

    /** One application property, found without decoding the others; null when it is absent, or null. */
    public @Nullable Object applicationProperty(String name) {
        return entry(applicationProperties, name, AmqpType.STRING);
    }

    private @Nullable Object entry(int map, String key, AmqpType keyType) {
        int found = map == EncodedValue.ABSENT ? EncodedValue.ABSENT : EncodedText.find(buffer, map, keyType, key);
        return found == EncodedValue.ABSENT ? null : value(found);
    }

    /** All of them, with symbols and ulongs as keys; empty when there are none. */
    public Map<Object, @Nullable Object> deliveryAnnotations() {
        return map(deliveryAnnotations);
    }

    /** All of them, with symbols and ulongs as keys; empty when there are none. */
    public Map<Object, @Nullable Object> messageAnnotations() {
        return map(messageAnnotations);
    }

    /** All of them, with strings as keys; empty when there are none. */
    public Map<String, @Nullable Object> applicationProperties() {
        return map(applicationProperties);
    }

    /** All of it, with symbols and ulongs as keys; empty when there is none. */
    public Map<Object, @Nullable Object> footer() {
        return map(footer);
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // scan has seen that it is a map with such keys
    private <K> Map<K, @Nullable Object> map(int position) {
        return position == EncodedValue.ABSENT ? Map.of() : (Map<K, @Nullable Object>) value(position);
    }
}
