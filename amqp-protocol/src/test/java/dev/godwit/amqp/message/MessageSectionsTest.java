package dev.godwit.amqp.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.conformance.Spec;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** AMQP 1.0 §3.2, without opening the body. */
class MessageSectionsTest {
    private static final String HEADER = "00537045";
    private static final String DELIVERY_ANNOTATIONS = "005371c10100";
    private static final String MESSAGE_ANNOTATIONS = "005372c10100";
    private static final String PROPERTIES = "00537345";
    private static final String APPLICATION_PROPERTIES = "005374c10100";
    private static final String DATA = "005375a00101";
    private static final String SEQUENCE = "00537645";
    private static final String VALUE = "00537740";
    private static final String FOOTER = "005378c10100";

    private final MessageSections sections = new MessageSections();

    @Test
    void findsAllFacts() {
        for (var encoded : encodings(AmqpMessageTest.fullMessage())) {
            sections.scan(encoded);
            assertThat(sections.isDurable()).isTrue();
            assertThat(sections.priority()).isEqualTo(9);
            assertThat(sections.ttlMillis()).isEqualTo(60_000);
            assertThat(sections.isFirstAcquirer()).isTrue();
            assertThat(sections.deliveryCount()).isEqualTo(2);
            assertThat(sections.messageId()).isEqualTo(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));
            assertThat(sections.userId()).isEqualTo(Binary.copyOf(new byte[] {1, 2}));
            assertThat(sections.to()).isEqualTo("orders");
            assertThat(sections.subject()).isEqualTo("new");
            assertThat(sections.replyTo()).isEqualTo("answers");
            assertThat(sections.correlationId()).isEqualTo(new UnsignedLong(7));
            assertThat(sections.contentType()).isEqualTo(Symbol.of("text/plain"));
            assertThat(sections.contentEncoding()).isEqualTo(Symbol.of("gzip"));
            assertThat(sections.absoluteExpiryTimeMillis()).isEqualTo(2_000);
            assertThat(sections.creationTimeMillis()).isEqualTo(1_000);
            assertThat(sections.groupId()).isEqualTo("group");
            assertThat(sections.groupSequence()).isEqualTo(3);
            assertThat(sections.replyToGroupId()).isEqualTo("reply-group");
            assertThat(sections.bodyKind()).isEqualTo(BodyKind.DATA);
            assertThat(sections.firstData()).isEqualTo(ByteBuffer.wrap("hello".getBytes(UTF_8)));
            assertThat(sections.footer()).containsEntry(Symbol.of("x-sum"), 42L);
        }
    }

    /** Whatever is cut off behind the properties is not missed; nothing before that passes for a whole head. */
    @Test
    void readsHeadOfMessageCutOffAnywhere() {
        var encoded = AmqpMessageTest.fullMessage().encode();
        sections.scan(encoded);
        int headEnd = sections.applicationPropertiesOffset();
        int descriptorEnd = headEnd + 3;
        var head = new MessageSections();
        for (int cut = 0; cut <= encoded.limit(); cut++) {
            var beginning = encoded.duplicate().limit(cut);
            if (cut >= descriptorEnd) {
                assertThat(head.scanHead(beginning)).isTrue();
                assertThat(head.applicationPropertiesOffset()).isEqualTo(headEnd);
                assertThat(head.messageAnnotationsOffset()).isEqualTo(sections.messageAnnotationsOffset());
                assertThat(head.properties()).isEqualTo(sections.properties());
                assertThat(head.ttlMillis()).isEqualTo(sections.ttlMillis());
                assertThat(head.isDurable()).isTrue();
                assertThat(head.bodyKind()).isEqualTo(BodyKind.NONE);
            } else {
                assertThat(isWholeHead(head, beginning)).isFalse();
            }
        }
        assertThat(head.scanHead(Bytes.hex(HEADER + PROPERTIES))).isFalse();
        assertThat(head.scanHead(Bytes.hex(DATA))).isTrue();
        assertThat(head.scanHead(Bytes.hex(FOOTER))).isTrue();
    }

    @Test
    void knowsWhereTheBareMessageBeginsWithoutReadingIt() {
        var delivery = new MessageSections();
        for (var encoded : encodings(AmqpMessageTest.fullMessage())) {
            sections.scan(encoded);
            delivery.scanDeliverySections(encoded);
            assertThat(delivery.messageAnnotationsOffset())
                    .isEqualTo(sections.messageAnnotationsOffset())
                    .isPositive();
            assertThat(delivery.deliveryAnnotationsOffset()).isEqualTo(sections.deliveryAnnotationsOffset());
            assertThat(delivery.ttlMillis()).isEqualTo(sections.ttlMillis());
            assertThat(delivery.priority()).isEqualTo(sections.priority());
            assertThat(delivery.isDurable()).isEqualTo(sections.isDurable());
            assertThat(delivery.deliveryCount()).isEqualTo(sections.deliveryCount());
        }
        delivery.scanDeliverySections(Bytes.hex(DATA));
        assertThat(delivery.messageAnnotationsOffset()).isZero();
    }

    @Test
    @Spec("3.2.4")
    void knowsWithoutReadingThePropertiesWhetherTheyNameAGroup() {
        var random = new Random(7);
        var delivery = new MessageSections();
        for (int i = 0; i < 2_000; i++) {
            var properties = MessageProperties.builder();
            if (random.nextBoolean()) {
                properties.subject("s".repeat(random.nextInt(300)));
            }
            if (random.nextBoolean()) {
                properties.groupId("g");
            }
            if (random.nextBoolean()) {
                properties.replyToGroupId("r");
            }
            var builder = AmqpMessage.builder(new MessageBody.Value(i)).properties(properties.build());
            if (random.nextBoolean()) {
                builder.header(new Header(true, 4, -1, false, 0));
            }
            if (random.nextBoolean()) {
                builder.messageAnnotation(Symbol.of("x-opt-a"), "a".repeat(random.nextInt(300)));
            }
            var encoded = builder.build().encode();
            sections.scan(encoded);
            delivery.scanDeliverySections(encoded);
            assertThat(delivery.hasGroup()).isEqualTo(sections.hasGroup()).isEqualTo(sections.groupId() != null);
        }
        delivery.scanDeliverySections(Bytes.hex(HEADER));
        assertThat(delivery.hasGroup()).isFalse();
        delivery.scanDeliverySections(Bytes.hex(FOOTER));
        assertThat(delivery.hasGroup()).isFalse();
    }

    private static boolean isWholeHead(MessageSections head, ByteBuffer beginning) {
        try {
            return head.scanHead(beginning);
        } catch (AmqpDecodeException cutOff) {
            return false;
        }
    }

    private static List<ByteBuffer> encodings(AmqpMessage message) {
        var encoded = message.encode();
        return List.of(encoded, Bytes.direct(encoded), Bytes.embedded(encoded));
    }

    @Test
    void findsSingleAnnotationsAndProperties() {
        for (var encoded : encodings(AmqpMessageTest.fullMessage())) {
            sections.scan(encoded);
            assertThat(sections.deliveryAnnotation("x-hop")).isEqualTo(1);
            assertThat(sections.messageAnnotation("x-opt-jms-dest")).isEqualTo((byte) 0);
            assertThat(sections.messageAnnotation("x-opt-list")).isEqualTo(List.of(1, "two"));
            assertThat(sections.messageAnnotation("x-opt-lis")).isNull();
            assertThat(sections.messageAnnotation("x-opt-list2")).isNull();
            assertThat(sections.applicationProperty("zebra")).isEqualTo(1);
            assertThat(sections.applicationProperty("ant")).isNull();
            assertThat(sections.applicationProperty("ünïcode")).isEqualTo("ä");
            assertThat(sections.applicationProperty("ünïcodé")).isNull();
            assertThat(sections.applicationProperty("absent")).isNull();
        }
    }

    @Test
    @Spec("3.2.1/defaults")
    void fallsBackToDefaultsOfSpecification() {
        for (String message : List.of(VALUE, HEADER + VALUE, "005370 c0[05 4040404040]" + VALUE)) {
            sections.scan(Bytes.hex("005370c0020142" + VALUE));
            sections.scan(Bytes.hex(message));
            assertThat(sections.isDurable()).isFalse();
            assertThat(sections.priority()).isEqualTo(4);
            assertThat(sections.ttlMillis()).isEqualTo(MessageSections.NO_TTL);
            assertThat(sections.isFirstAcquirer()).isFalse();
            assertThat(sections.deliveryCount()).isZero();
            assertThat(sections.to()).isNull();
            assertThat(sections.messageId()).isNull();
            assertThat(sections.creationTimeMillis()).isEqualTo(MessageSections.NO_TIME);
            assertThat(sections.groupSequence()).isEqualTo(MessageSections.NO_GROUP_SEQUENCE);
            assertThat(sections.properties()).isEqualTo(MessageProperties.NONE);
            assertThat(sections.applicationProperties()).isEmpty();
            assertThat(sections.messageAnnotation("x")).isNull();
            assertThat(sections.firstData()).isNull();
            assertThat(sections.bodyKind()).isEqualTo(BodyKind.VALUE);
        }
    }

    @Test
    void givesOffsetsWithoutGaps() {
        scanHex(HEADER
                + DELIVERY_ANNOTATIONS
                + MESSAGE_ANNOTATIONS
                + PROPERTIES
                + APPLICATION_PROPERTIES
                + DATA
                + DATA
                + FOOTER);
        assertThat(offsets()).containsExactly(4, 10, 16, 20, 26, 38, 44);

        scanHex(MESSAGE_ANNOTATIONS + VALUE);
        assertThat(offsets()).containsExactly(0, 0, 6, 6, 6, 10, 10);

        scanHex(HEADER + FOOTER);
        assertThat(offsets()).containsExactly(4, 4, 4, 4, 4, 4, 10);
        assertThat(sections.bodyKind()).isEqualTo(BodyKind.NONE);

        scanHex("");
        assertThat(offsets()).containsOnly(0);
    }

    private List<Integer> offsets() {
        return List.of(
                sections.deliveryAnnotationsOffset(),
                sections.messageAnnotationsOffset(),
                sections.propertiesOffset(),
                sections.applicationPropertiesOffset(),
                sections.bodyOffset(),
                sections.footerOffset(),
                sections.length());
    }

    private void scanHex(String hex) {
        sections.scan(Bytes.embedded(Bytes.hex(hex)));
    }

    /** §3.2: header, delivery-annotations, message-annotations, properties, application-properties, body, footer. */
    @Test
    @Spec("3.2/order")
    void refusesSectionsOutOfOrder() {
        var inOrder = List.of(
                HEADER, DELIVERY_ANNOTATIONS, MESSAGE_ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES, VALUE, FOOTER);
        for (int first = 0; first < inOrder.size(); first++) {
            for (int second = 0; second < inOrder.size(); second++) {
                String message = inOrder.get(first) + inOrder.get(second);
                if (first < second) {
                    scanHex(message);
                } else {
                    assertRefused(message, "out of order");
                }
            }
        }
    }

    /** §3.2: one or more data, or one or more sequence, or a single value. */
    @Test
    @Spec("3.2/body")
    void refusesMixedBodies() {
        for (String first : List.of(DATA, SEQUENCE, VALUE)) {
            for (String second : List.of(DATA, SEQUENCE, VALUE)) {
                if (first.equals(second) && !first.equals(VALUE)) {
                    scanHex(first + second + second);
                } else {
                    assertRefused(first + second, "out of order");
                }
            }
        }
    }

    private void assertRefused(String hex, String why) {
        assertThatThrownBy(() -> scanHex(hex))
                .as(hex)
                .isInstanceOf(AmqpDecodeException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00 53 73", // smallulong
                "00 80 0000000000000073", // ulong
                "00 a3 14 616d71703a70726f706572746965733a6c697374", // sym8 amqp:properties:list
                "00 b3 00000014 616d71703a70726f706572746965733a6c697374" // sym32
            })
    @Spec("1.5/descriptors")
    void understandsEveryEncodingOfDescriptors(String descriptor) {
        scanHex(descriptor + "c0060340" + "40a10171" + VALUE);
        assertThat(sections.to()).isEqualTo("q");
    }

    @Test
    @Spec("1.2/encodings")
    void understandsEveryEncodingOfListsAndMaps() {
        scanHex("00537045" + "005374 c1[04 a1[61] 41 a1[62] 42]" + VALUE);
        assertThat(sections.applicationProperty("b")).isEqualTo(false);
        scanHex("005370 c0[03 41 5009 43]" + "005374 d1[00000004 a1[61] 41 a1[62] 42]" + VALUE);
        assertThat(sections.priority()).isEqualTo(9);
        assertThat(sections.ttlMillis()).isZero();
        assertThat(sections.applicationProperty("b")).isEqualTo(false);
        scanHex("005370 d0[00000005 5601 5009 70ffffffff 42 5207]" + VALUE);
        assertThat(sections.isDurable()).isTrue();
        assertThat(sections.ttlMillis()).isEqualTo(0xffff_ffffL);
        assertThat(sections.deliveryCount()).isEqualTo(7);
        scanHex("005373 c0 01 00" + VALUE);
        assertThat(sections.properties()).isEqualTo(MessageProperties.NONE);
    }

    /** Bytes, and what is said of them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    41                                          | begins with 0x00
                    00                                          | value is missing
                    0053                                        | bytes wanted
                    005379 45                                   | no descriptor
                    00536f 45                                   | no descriptor
                    0044 45                                     | no descriptor
                    00 a3[616263] 45                            | no descriptor
                    00 80 0000000100000070 45                   | no descriptor
                    0000537045                                  | no descriptor
                    005370                                      | value is missing
                    005370 40                                   | a LIST is wanted
                    005370 c1[00]                               | a LIST is wanted
                    005370 00 5300 45                           | a LIST is wanted
                    005370 c0[01]                               | value is missing
                    005370 c0[01 50]                            | a BOOLEAN is wanted
                    005370 c0[02 41 50]                         | bytes wanted
                    005370 c0[01 50 09]                         | a BOOLEAN is wanted
                    005370 c0[02 40 41]                         | a UBYTE is wanted
                    005370 c0[03 40 40 54 01]                   | a UINT is wanted
                    005370 c0[05 40 40 40 40 00 53 01 43]       | a UINT is wanted
                    005370 c0[01 41 41]                         | left over
                    005370 c0[06 40 40 40 40 40 40]             | 6 fields where 5
                    005370 c0[]                                 | bytes wanted
                    005370 d0[000000]                           | bytes wanted
                    005370 d0 ffffffff 00000000                 | no buffer holds
                    005370 d0[ffffffff]                         | no buffer holds
                    005370 d0 7fffffff 00000000                 | bytes wanted
                    005370 c0[01 5602]                          | 0 or 1
                    005371 40                                   | a map is wanted
                    005371 45                                   | a map is wanted
                    005372 c1[02 a1[61] 41]                     | not a key
                    005372 c1[02 40 41]                         | not a key
                    005372 c1[01 a3[61]]                        | no partner
                    005372 c1[04 a3[61] 41 a3[61] 41]           | second time
                    005372 c1[04 5305 41 5305 41]               | second time
                    005372 c1[04 80 0000000000000005 41 5305 41]| second time
                    005372 c1[04 a3[61] 41 b3[61] 41]           | second time
                    005372 c1[02 a3[ff] 41]                     | ASCII
                    005374 c1[02 a3[61] 41]                     | not a key
                    005374 c1[02 a1[ff] 41]                     | UTF-8
                    005374 c1[02 a1[61] a1[ff]]                 | UTF-8
                    005374 c1[02 a1[61] ff]                     | no AMQP format code
                    005374 c1[02 a1[61] 5602]                   | 0 or 1
                    005374 c1[02 a1[61] 73 00110000]            | no character
                    005374 c1[02 a1[61] 41 41]                  | left over
                    005374 c1[04 a1[61] 41]                     | value is missing
                    005374 c1[02 a1[61] c0[01]]                 | 1 values cannot be in 0 bytes
                    005374 c1[02 a1[61] c1[02 40 41]]           | not a key
                    005374 c1[02 a1[61] 00 40 41]               | descriptor is null
                    005373 c0[01 41]                            | no message-id
                    005373 c0[01 a3[61]]                        | no message-id
                    005373 c0[01 00 5301 a1[61]]                | no message-id
                    005373 c0[03 40 40 a3[61]]                  | a STRING is wanted
                    005373 c0[03 40 40 a1[ff]]                  | UTF-8
                    005373 c0[0a 40 40 40 40 40 40 40 40 40 81 0000000000000001] | a TIMESTAMP is wanted
                    005373 c0[0e 40404040404040404040404040 40] | 14 fields where 13
                    005375 40                                   | a BINARY is wanted
                    005375 a1[61]                               | a BINARY is wanted
                    005375 a002 61                              | bytes wanted
                    005376 40                                   | a LIST is wanted
                    005376 c1[00]                               | a LIST is wanted
                    005377                                      | value is missing
                    005377 00 5301                              | value is missing
                    005377 ff                                   | no AMQP format code
                    005378 c0[00]                               | a map is wanted
                    """)
    @Spec({"1.2/malformed", "1.6.23/pairs", "1.6.23/twice", "1.6.2/octets", "1.6.21/ascii", "3.2.10/keys"})
    void refusesBrokenSection(String hex, String why) {
        assertRefused(hex, why);
        assertThat(offsets().subList(0, 7)).containsOnly(sections.length());
        assertThat(sections.to()).isNull();
        assertThat(sections.isDurable()).isFalse();
        assertThat(sections.applicationProperties()).isEmpty();
    }

    @Test
    void refusesEveryMessageCutShort() {
        var message = AmqpMessageTest.fullMessage();
        var whole = message.encode();
        int sectionsSeen = 0;
        for (int length = 0; length < whole.limit(); length++) {
            try {
                sections.scan(whole.slice(0, length));
                sectionsSeen++;
            } catch (AmqpDecodeException e) {
                assertThat(e).hasMessageContaining("byte ");
            }
        }
        // Whole only where a section ends: the empty message, and behind each of the six before the footer.
        assertThat(sectionsSeen).isEqualTo(7);
    }

    @Test
    void doesNotOpenTheBody() {
        scanHex("005377 c0 03 ff ffff" + FOOTER);
        scanHex("005376 c0 03 ff ffff" + FOOTER);
        assertThat(sections.footerOffset()).isEqualTo(8);
    }

    @Test
    void refusesLittleEndianBuffer() {
        assertThatThrownBy(() -> sections.scan(Bytes.hex(VALUE).order(ByteOrder.LITTLE_ENDIAN)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tellsKeysApartInMapsOfEverySize() {
        for (int size : new int[] {1, 31, 32, 33, 100, 5_000, 20_000, 50}) {
            var map = new LinkedHashMap<Symbol, Object>();
            for (int i = 0; i < size; i++) {
                map.put(Symbol.of("key" + i), i);
            }
            sections.scan(withAnnotations(map, ByteBuffer.allocate(0), 0));
            assertThat(sections.messageAnnotations()).hasSize(size);
            assertThat(sections.messageAnnotation("key" + (size - 1))).isEqualTo(size - 1);

            var again = new AmqpEncoder();
            again.writeSymbol(Symbol.of("key" + size / 2));
            again.writeNull();
            var twice = withAnnotations(map, again.take(), 1);
            assertThatThrownBy(() -> sections.scan(twice)).hasMessageContaining("second time");
        }
    }

    private static ByteBuffer withAnnotations(Map<Symbol, Object> annotations, ByteBuffer more, int moreEntries) {
        var encoder = new AmqpEncoder();
        encoder.writeDescriptor(SectionCode.MESSAGE_ANNOTATIONS);
        int mark = encoder.beginMap();
        encoder.putAll(annotations);
        Bytes.put(encoder, more);
        encoder.endMap(mark, annotations.size() + moreEntries);
        return encoder.take();
    }

    @Test
    void allocatesNothing() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var messages = List.of(
                AmqpMessageTest.fullMessage().encode(),
                Bytes.direct(AmqpMessageTest.fullMessage().encode()),
                AmqpMessage.of(MessageBody.Data.of(new byte[1_000_000])).encode());
        long thread = Thread.currentThread().getId();
        for (int i = 0; i < 1_000; i++) {
            scanAll(messages);
        }
        long before = threads.getThreadAllocatedBytes(thread);
        for (int i = 0; i < 10_000; i++) {
            scanAll(messages);
        }
        // Not even a byte for each of the 30,000 scans: what is left is the measuring itself.
        assertThat(threads.getThreadAllocatedBytes(thread) - before).isLessThan(20_000);
    }

    private void scanAll(List<ByteBuffer> messages) {
        for (int i = 0; i < messages.size(); i++) {
            sections.scan(messages.get(i));
        }
    }
}
