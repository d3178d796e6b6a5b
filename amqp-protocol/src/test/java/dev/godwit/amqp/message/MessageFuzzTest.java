package dev.godwit.amqp.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.godwit.amqp.type.Symbol;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.apache.qpid.proton.amqp.messaging.AmqpSequence;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.DeliveryAnnotations;
import org.apache.qpid.proton.amqp.messaging.Footer;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Random messages, and random damage to them, read by us and by Proton-J. Each run has a new seed, which it prints;
 * {@code -Dfuzz.seed} runs it again, {@code -Dfuzz.messages} runs it longer.
 */
class MessageFuzzTest {
    private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());
    private static final int MESSAGES = Integer.getInteger("fuzz.messages", 20_000);

    /** A number in one byte becomes an object and a reference to it; a key and a value, an entry of a map. */
    private static final long ALLOCATED_PER_BYTE_MAX = 64;

    private static final long ALLOCATED_MAX = 32_000;

    private final Random random = new Random(SEED);
    private final RandomMessages messages = new RandomMessages(random, true);
    private final WideEncoding wideEncoding = new WideEncoding(random);
    private final MessageSections sections = new MessageSections();

    private int protonAgreed;

    @BeforeEach
    void printSeed() {
        System.out.println("fuzz.seed=" + SEED + " fuzz.messages=" + MESSAGES);
    }

    @Test
    void readsItsOwnMessagesAsProtonDoes() {
        for (int i = 0; i < MESSAGES; i++) {
            var message = messages.message();
            var encoded = random.nextBoolean() ? message.encode() : wideEncoding.encode(message);
            var direct = random.nextInt(4) == 0 ? Bytes.direct(encoded) : Bytes.embedded(encoded);
            assertThat(AmqpMessage.decode(direct, sections)).isEqualTo(message);
            assertAgrees(message, protonDecode(Bytes.array(encoded)));
            assertFactsAre(message);
        }
    }

    /** What the scanner says, against what was put into the message. */
    private void assertFactsAre(AmqpMessage message) {
        assertThat(sections.isDurable()).isEqualTo(message.header().durable());
        assertThat(sections.priority()).isEqualTo(message.header().priority());
        assertThat(sections.ttlMillis()).isEqualTo(message.header().ttlMillis());
        assertThat(sections.deliveryCount()).isEqualTo(message.header().deliveryCount());
        assertThat(sections.messageId()).isEqualTo(message.properties().messageId());
        assertThat(sections.to()).isEqualTo(message.properties().to());
        assertThat(sections.groupId()).isEqualTo(message.properties().groupId());
        message.messageAnnotations().forEach((key, value) -> assertThat(sections.messageAnnotation(key.value()))
                .isEqualTo(value));
        message.applicationProperties().forEach((key, value) -> assertThat(sections.applicationProperty(key))
                .isEqualTo(value));
    }

    @Test
    void readsMessagesThatProtonWrote() {
        var withoutArrays = new RandomMessages(random, false);
        var buffer = new byte[1 << 20];
        for (int i = 0; i < MESSAGES; i++) {
            var proton = protonDecode(Bytes.array(withoutArrays.message().encode()));
            int length = proton.encode(buffer, 0, buffer.length);
            var message = AmqpMessage.decode(ByteBuffer.wrap(buffer, 0, length));
            assertAgrees(message, proton);
        }
    }

    private static Message protonDecode(byte[] encoded) {
        var message = Message.Factory.create();
        message.decode(encoded, 0, encoded.length);
        return message;
    }

    private static void assertAgrees(AmqpMessage ours, Message proton) {
        assertHeadAgrees(ours, proton);
        assertThat(map(proton.getDeliveryAnnotations(), DeliveryAnnotations::getValue))
                .isEqualTo(ProtonValues.ofOurs(ours.deliveryAnnotations()));
        assertThat(map(proton.getMessageAnnotations(), MessageAnnotations::getValue))
                .isEqualTo(ProtonValues.ofOurs(ours.messageAnnotations()));
        assertThat(map(proton.getApplicationProperties(), ApplicationProperties::getValue))
                .isEqualTo(ProtonValues.ofOurs(ours.applicationProperties()));
        assertThat(map(proton.getFooter(), Footer::getValue)).isEqualTo(ProtonValues.ofOurs(ours.footer()));
        assertThat(protonBody(proton)).isEqualTo(ourBody(ours.body()));
    }

    /** Header and properties. */
    private static void assertHeadAgrees(AmqpMessage ours, Message proton) {
        assertThat(proton.isDurable()).isEqualTo(ours.header().durable());
        assertThat(proton.getPriority() & 0xff).isEqualTo(ours.header().priority());
        assertThat(proton.getTtl()).isEqualTo(Math.max(ours.header().ttlMillis(), 0));
        assertThat(proton.isFirstAcquirer()).isEqualTo(ours.header().firstAcquirer());
        assertThat(proton.getDeliveryCount() & 0xffff_ffffL)
                .isEqualTo(ours.header().deliveryCount());
        var properties = ours.properties();
        assertThat(ProtonValues.ofProton(proton.getMessageId())).isEqualTo(properties.messageId());
        assertThat(ProtonValues.ofProton(proton.getCorrelationId())).isEqualTo(properties.correlationId());
        assertThat(proton.getAddress()).isEqualTo(properties.to());
        assertThat(proton.getSubject()).isEqualTo(properties.subject());
        assertThat(proton.getReplyTo()).isEqualTo(properties.replyTo());
        assertThat(proton.getGroupId()).isEqualTo(properties.groupId());
        assertThat(proton.getReplyToGroupId()).isEqualTo(properties.replyToGroupId());
        var theirs = proton.getProperties();
        if (theirs != null) {
            assertThat(ProtonValues.ofProton(theirs.getUserId())).isEqualTo(properties.userId());
            assertThat(ProtonValues.ofProton(theirs.getContentType())).isEqualTo(properties.contentType());
            assertThat(ProtonValues.ofProton(theirs.getContentEncoding())).isEqualTo(properties.contentEncoding());
            assertThat(ProtonValues.ofProton(theirs.getAbsoluteExpiryTime()))
                    .isEqualTo(properties.absoluteExpiryTime());
            assertThat(ProtonValues.ofProton(theirs.getCreationTime())).isEqualTo(properties.creationTime());
            assertThat(ProtonValues.ofProton(theirs.getGroupSequence())).isEqualTo(properties.groupSequence());
        }
    }

    private static <T> @Nullable Object map(@Nullable T section, Function<T, Map<?, ?>> value) {
        return ProtonValues.ofProton(section == null ? Map.of() : value.apply(section));
    }

    private static @Nullable Object protonBody(Message proton) {
        var body = proton.getBody();
        if (body instanceof Data data) {
            return ProtonValues.ofProton(data.getValue());
        } else if (body instanceof AmqpSequence sequence) {
            return ProtonValues.ofProton(sequence.getValue());
        }
        return body == null ? null : ProtonValues.ofProton(((AmqpValue) body).getValue());
    }

    private static @Nullable Object ourBody(MessageBody body) {
        if (body instanceof MessageBody.Data data) {
            return data.sections().get(data.sections().size() - 1);
        } else if (body instanceof MessageBody.Sequence sequence) {
            return ProtonValues.ofOurs(
                    sequence.sections().get(sequence.sections().size() - 1));
        }
        return ProtonValues.ofOurs(((MessageBody.Value) body).value());
    }

    @Test
    void survivesDamagedMessages() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        int passed = 0;
        for (int i = 0; i < MESSAGES; i++) {
            var message = messages.message();
            var damaged = damage(random.nextBoolean() ? message.encode() : wideEncoding.encode(message));
            // Once before measuring: the first use of a text in an exception sets up how it is joined.
            boolean decoded = decodes(damaged);
            long before = threads.getThreadAllocatedBytes(thread);
            boolean decodedAgain = decodes(damaged);
            long allocated = threads.getThreadAllocatedBytes(thread) - before;
            assertThat(decodedAgain).isEqualTo(decoded);
            assertThat(allocated).isLessThan(ALLOCATED_MAX + ALLOCATED_PER_BYTE_MAX * damaged.remaining());
            if (scans(damaged)) {
                passed++;
                readEverything();
                assertThat(sections.length()).isEqualTo(damaged.remaining());
                if (decoded) {
                    assertProtonAgreesOrRefuses(damaged);
                }
            } else {
                assertThat(decoded).isFalse();
            }
        }
        // Else the damage would be too great, or too small, for the test to say anything.
        assertThat(passed).isGreaterThan(MESSAGES / 50).isLessThan(MESSAGES);
        assertThat(protonAgreed).isGreaterThan(MESSAGES / 100);
    }

    private void assertProtonAgreesOrRefuses(ByteBuffer damaged) {
        Message proton;
        try {
            proton = protonDecode(Bytes.array(damaged));
        } catch (RuntimeException e) {
            return; // it may be stricter; what it throws is of many classes
        }
        assertHeadAgrees(AmqpMessage.decode(damaged, sections), proton);
        protonAgreed++;
    }

    private ByteBuffer damage(ByteBuffer encoded) {
        var bytes = Bytes.array(encoded);
        for (int i = random.nextInt(3); i >= 0 && bytes.length > 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0xff : 0);
                case 3 -> bytes = Arrays.copyOf(bytes, at);
                default -> {
                    // Some bytes from elsewhere, so that whole values turn up in places that are not theirs.
                    int from = random.nextInt(bytes.length);
                    int length = Math.min(random.nextInt(16), bytes.length - Math.max(at, from));
                    System.arraycopy(bytes, from, bytes, at, length);
                }
            }
        }
        return ByteBuffer.wrap(bytes);
    }

    private boolean decodes(ByteBuffer message) {
        try {
            AmqpMessage.decode(message, sections);
            return true;
        } catch (AmqpDecodeException e) {
            return false;
        }
    }

    private boolean scans(ByteBuffer message) {
        try {
            sections.scan(message);
            return true;
        } catch (AmqpDecodeException e) {
            return false;
        }
    }

    /** None of this may throw for a message that was let pass. */
    private void readEverything() {
        assertThat(sections.priority()).isBetween(0, 255);
        assertThat(sections.ttlMillis()).isBetween(MessageSections.NO_TTL, 0xffff_ffffL);
        assertThat(sections.deliveryCount()).isBetween(0L, 0xffff_ffffL);
        assertThat(sections.properties()).isNotNull();
        sections.firstData();
        var annotations = new LinkedHashMap<Symbol, Object>();
        annotations.put(Symbol.of("x-more"), 1);
        var merged = AnnotationsCodec.mergeMessageAnnotations(sections, annotations);
        assertThat(merged.remaining()).isPositive();
        for (Map<?, ?> map : List.of(
                sections.deliveryAnnotations(),
                sections.messageAnnotations(),
                sections.applicationProperties(),
                sections.footer())) {
            for (Object key : map.keySet()) {
                sections.applicationProperty(key.toString());
                sections.messageAnnotation(key.toString());
            }
        }
    }

    @Test
    void checksAsItDecodes() {
        int good = 0;
        for (int i = 0; i < MESSAGES; i++) {
            var encoder = new AmqpEncoder();
            encoder.writeValue(messages.value(4));
            var damaged = damage(encoder.take());
            int decoded = endOfDecoded(damaged);
            assertThat(endOfChecked(damaged)).as(Bytes.hex(damaged)).isEqualTo(decoded);
            good += decoded >= 0 ? 1 : 0;
        }
        assertThat(good).isGreaterThan(MESSAGES / 20).isLessThan(MESSAGES);
    }

    private static int endOfDecoded(ByteBuffer value) {
        try {
            var decoder = new AmqpDecoder(value);
            decoder.readValue();
            return decoder.position();
        } catch (AmqpDecodeException e) {
            return -1;
        }
    }

    private static int endOfChecked(ByteBuffer value) {
        try {
            return new ValueCheck().check(value, value.position(), value.limit(), 0);
        } catch (AmqpDecodeException e) {
            return -1;
        }
    }

    @Test
    void survivesNoise() {
        for (int i = 0; i < MESSAGES; i++) {
            var noise = new byte[random.nextInt(64)];
            random.nextBytes(noise);
            if (noise.length > 2) {
                noise[0] = 0;
                noise[1] = 0x53;
                noise[2] = (byte) (0x70 + random.nextInt(9));
            }
            decodes(ByteBuffer.wrap(noise));
            int decoded = endOfDecoded(ByteBuffer.wrap(noise));
            assertThat(endOfChecked(ByteBuffer.wrap(noise)))
                    .as(Bytes.hex(ByteBuffer.wrap(noise)))
                    .isEqualTo(decoded);
        }
    }
}
