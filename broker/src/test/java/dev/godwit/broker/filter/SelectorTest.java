package dev.godwit.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Decimal64;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jakarta Messaging §3.8.1, and the AMQP-JMS mapping of the names in it. */
class SelectorTest {
    private static final Message SAMPLE = SampleMessage.with("i", 5)
            .and("l", 10_000_000_000L)
            .and("f", 1.5f)
            .and("d", 2.25)
            .and("s", "text")
            .and("quote", "it's")
            .and("yes", true)
            .and("no", false)
            .and("nothing", null)
            .and("uint", UnsignedInteger.of(4_000_000_000L))
            .and("ulong", new UnsignedLong(-1))
            .and("decimal", new Decimal64(0x31A0_0000_0000_000FL))
            .and("symbol", Symbol.of("sym"))
            .and("a.b", "dotted")
            .and("größe", 7)
            .message();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "i = 5",
                "i = 5.0",
                "i <> 6",
                "i < 5.5 AND i >= 5 AND i <= 5 AND i > 4.99",
                "l = 10000000000 and l = 1E10",
                "f = 1.5 AND d = 2.25D AND f < d",
                "f = 1.5F",
                "uint = 4000000000",
                "ulong = 18446744073709551615 AND ulong > 9223372036854775807",
                "decimal = 1.5 AND decimal = f AND decimal < 2 AND decimal * 2 = 3",
                "i = 0x5 AND i = 05 AND i = 5L AND 0xFFFFFFFFFFFFFFFF = -1 AND 017 = 15",
                "-9223372036854775808 < 0 AND -9223372036854775808 - 1 > 0",
                "i + 1 * 2 = 7",
                "(i + 1) * 2 = 12",
                "i / 2 = 2 AND i / 2.0 = 2.5 AND -i = -5 AND +i = 5 AND - -i = 5",
                "10 - 3 - 2 = i",
                "i = .5e1 AND 7. = 7",
                "s = 'text' AND quote = 'it''s'",
                "s <> 'Text'",
                "yes",
                "yes = TRUE AND no = false AND yes <> no",
                "NOT no",
                "NOT NOT yes",
                "i BETWEEN 5 AND 5 AND i NOT BETWEEN 6 AND 9 AND i BETWEEN 4 AND i + 1",
                "s IN ('a', 'text') AND s NOT IN ('a') AND i IN (4, 5) AND -i IN (-5)",
                "s LIKE 'te%' AND s LIKE '_ext' AND s NOT LIKE 'ex%' AND s LIKE '%' AND s LIKE 'text'",
                "missing IS NULL AND nothing IS NULL AND s IS NOT NULL",
                "missing = 1 OR i = 5",
                "symbol = 'sym'",
                "a.b = 'dotted' AND \"a.b\" = 'dotted'",
                "größe = 7",
                "i=5 and(s)='text'",
                "TRUE",
                "(i = 5) = yes"
            })
    void selects(String selector) throws Exception {
        assertThat(Selector.parse(selector).matches(SAMPLE)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "missing <> 5",
                "missing = 5",
                "NOT (missing = 5)",
                "missing > 5 AND yes",
                "missing IN ('a')",
                "missing NOT IN ('a')",
                "missing LIKE '%'",
                "missing NOT LIKE 'a'",
                "missing BETWEEN 1 AND 2",
                "missing NOT BETWEEN 1 AND 2",
                "missing",
                "NOT missing",
                "missing + 1 = 1",
                "s",
                "i",
                "s = 5",
                "s <> 5",
                "i = '5'",
                "i <> '5'",
                "s < i",
                "yes = 'true'",
                "s + 1 = 1",
                "i / 0 = 1",
                "i / 0 <> 1",
                "d / 0 < 0",
                "i LIKE '5'",
                "FALSE"
            })
    void leavesOut(String selector) throws Exception {
        assertThat(Selector.parse(selector).matches(SAMPLE)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "definitely not a selector! | at character 16 | expected BETWEEN, LIKE or IN",
                "a = | at character 4 | expected a value, a name or '(', but found the end",
                "a = 'x | at character 5 | the closing ' is missing",
                "(a = 1 | at character 7 | expected ')'",
                "a = 1) | at character 6 | expected an operator or the end",
                "a IN () | at character 7 | expected a string in quotes or a number",
                "a IN ('x' 'y') | at character 11 | expected ')'",
                "a LIKE b | at character 8 | expected a pattern in quotes",
                "a LIKE 'x' ESCAPE 'yz' | at character 19 | ESCAPE takes one character",
                "a LIKE 'x!' ESCAPE '!' | at character 8 | may not end with its escape character",
                "a BETWEEN 1 OR 2 | at character 13 | expected AND",
                "a IS 5 | at character 6 | expected NULL",
                "a == 1 | at character 4 | expected a value",
                "a != 1 | at character 3 | expected <>",
                "a # 1 | at character 3 | no selector has this character",
                "5 | at character 1 | expected a condition, but this is a number",
                "'a' | at character 1 | expected a condition, but this is a string",
                "a AND 'b' | at character 7 | expected a condition",
                "a > 'b' | at character 5 | expected a number, but this is a string",
                "a < TRUE | at character 5 | expected a number, but this is a condition",
                "'a' + 1 = 2 | at character 1 | expected a number",
                "5 LIKE 'a' | at character 1 | expected a string",
                "NOT 5 = 5 AND NOT 7 | at character 19 | expected a condition",
                "a = 5x | at character 5 | a number ends with",
                "a = 08 | at character 5 | no number of base 8",
                "amqp.nonsense = 1 | at character 1 | no field nonsense",
                "a = 1 AND | at character 10 | but found the end",
                "LIKE 'a' | at character 1 | expected a value",
                "a = \"\" | at character 5 | a name in quotes is empty"
            })
    void saysWhereATextIsWrongAndWhatWasExpected(String selector, String place, String problem) {
        assertThatThrownBy(() -> Selector.parse(selector))
                .isInstanceOf(InvalidFilterException.class)
                .hasMessageContaining(place)
                .hasMessageContaining(problem);
    }

    @Test
    void knowsTheHeadersThatJmsClientsName() throws Exception {
        var message = SampleMessage.with(properties -> properties
                        .messageId("ID:42")
                        .correlationId(new UUID(1, 2))
                        .subject("type")
                        .creationTime(Instant.ofEpochMilli(1_234))
                        .groupId("g")
                        .groupSequence(UnsignedInteger.of(9))
                        .userId(Binary.copyOf(new byte[] {'m', 'e'})))
                .headed(new Header(true, 7, 5_000, false, 0))
                .message();
        for (var selector : new String[] {
            "JMSMessageID = 'ID:42'",
            "JMSCorrelationID = 'ID:AMQP_UUID:00000000-0000-0001-0000-000000000002'",
            "JMSType LIKE 't%'",
            "JMSTimestamp = 1234",
            "JMSPriority > 6",
            "JMSDeliveryMode = 'PERSISTENT'",
            "JMSXGroupID = 'g' AND JMSXGroupSeq = 9 AND JMSXUserID = 'me'",
            "JMSXDeliveryCount = 1 AND JMSRedelivered = FALSE",
            "JMSReplyTo IS NULL AND JMSExpiration IS NULL",
            "amqp.message_id = 'ID:42' AND amqp.priority = 7 AND amqp.durable AND amqp.ttl = 5000",
            "amqp.subject = 'type' AND amqp.group_sequence = 9 AND amqp.delivery_count = 0"
        }) {
            assertThat(Selector.parse(selector).matches(message)).as(selector).isTrue();
        }
        assertThat(Selector.parse("JMSXDeliveryCount = 3 AND JMSRedelivered").matches(message, 2, null))
                .isTrue();
    }

    @Test
    void writesIdsAsJmsClientsSeeThem() {
        assertThat(JmsIdText.ofMessageId("plain")).isEqualTo("ID:AMQP_NO_PREFIX:plain");
        assertThat(JmsIdText.ofMessageId("ID:AMQP_UUID:x")).isEqualTo("ID:AMQP_STRING:ID:AMQP_UUID:x");
        assertThat(JmsIdText.ofMessageId(new UnsignedLong(-1))).isEqualTo("ID:AMQP_ULONG:18446744073709551615");
        assertThat(JmsIdText.ofMessageId(Binary.copyOf(new byte[] {10, -1}))).isEqualTo("ID:AMQP_BINARY:0AFF");
        assertThat(JmsIdText.ofCorrelationId("plain")).isEqualTo("plain");
        assertThat(JmsIdText.ofCorrelationId(null)).isNull();
    }

    @Test
    void findsAnnotationsByTheirNamesInQuotes() throws Exception {
        var message = SampleMessage.with("x-opt-both", "property")
                .annotated("x-opt-color", "red")
                .annotated("x-opt-both", "annotation")
                .message();
        assertThat(Selector.parse("\"x-opt-color\" = 'red' AND \"x-opt-both\" = 'property'")
                        .matches(message))
                .isTrue();
    }

    @Test
    void decodesAllPropertiesAtOnceWhenManyAreNamed() throws Exception {
        var sample = new SampleMessage();
        var selector = new StringBuilder("TRUE");
        for (int i = 0; i < 20; i++) {
            sample.and("p" + i, i);
            selector.append(" AND p").append(i).append(" = ").append(i);
        }
        assertThat(Selector.parse(selector.toString()).matches(sample.message()))
                .isTrue();
        assertThat(Selector.parse(selector + " AND p20 = 20").matches(sample.message()))
                .isFalse();
    }

    @Test
    void remembersNothingOfTheMessageBefore() throws Exception {
        var selector = Selector.parse("a = 1");
        assertThat(selector.matches(SampleMessage.with("a", 1).message())).isTrue();
        assertThat(selector.matches(SampleMessage.with("b", 1).message())).isFalse();
        assertThat(selector.matches(SampleMessage.with("a", 1).message())).isTrue();
    }

    @Test
    void neitherWantsNorFailsOnWhatCannotBeRead() throws Exception {
        var whole = SampleMessage.with("a", 1).message().encoded();
        var cut = whole.duplicate().limit(whole.limit() - 12);
        var reader = new MessageReader();
        var message = reader.readAgain(cut, 0);
        assertThat(Selector.parse("a IS NULL").matches(message)).isFalse();
        assertThat(Selector.parse("TRUE").matches(reader.read(ByteBuffer.wrap(new byte[] {0, 0x53, 0x77, 0x40}), 0)))
                .isTrue();
    }

    @Test
    void refusesTenThousandParenthesesAndKeepsItsStack() {
        var bomb = "(".repeat(8_000) + "a" + ")".repeat(8_000);
        assertThatThrownBy(() -> Selector.parse(bomb)).hasMessageContaining("parentheses stand more than 100 deep");
        assertThatThrownBy(() -> Selector.parse("(".repeat(10_000) + "a" + ")".repeat(10_000)))
                .hasMessageContaining("at most 16384 are allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NOT ", "- ", "1+", "1*", "a OR ", "a AND ", "a=1 OR "})
    void evaluatesLongChainsWithoutDepth(String link) throws Exception {
        int count = SelectorParser.TEXT_LENGTH_MAX / link.length() - 4;
        var chain = link.repeat(count);
        var text = link.startsWith("-") || link.startsWith("1") ? chain + "1 <> 0" : chain + "a";
        Selector.parse(text).matches(SampleMessage.with("a", true).message());
        assertThat(Selector.parse("1" + "+1".repeat(8_000) + " = 8001").matches(SAMPLE))
                .isTrue();
    }

    @Test
    void refusesMoreNamesThanAnybodyNeeds() {
        var text = new StringBuilder("TRUE");
        for (int i = 0; i <= SelectorParser.NAMES_MAX; i++) {
            text.append(" OR n").append(i);
        }
        assertThatThrownBy(() -> Selector.parse(text.toString())).hasMessageContaining("more than 256 different names");
    }

    @Test
    void selectorsOfOneTextAreEqual() throws Exception {
        assertThat(Selector.parse("a = 1"))
                .isEqualTo(Selector.parse("a = 1"))
                .hasSameHashCodeAs(Selector.parse("a = 1"));
        assertThat(Selector.parse("a = 1")).isNotEqualTo(Selector.parse("a = 2"));
        assertThat(Selector.parse("a = 1")).isNotEqualTo(Selector.parseAmqpSql("a = 1"));
    }

    @Test
    void understandsAmqpSql() throws Exception {
        var message = SampleMessage.with((MessageProperties.Builder properties) ->
                        properties.subject("s").messageId("m"))
                .and("n", 7)
                .headed(new Header(false, 3, -1, false, 0))
                .message();
        assertThat(Selector.parseAmqpSql(
                                "properties.subject = 's' AND p.message_id LIKE 'm' AND h.priority = 3"
                                        + " AND header.priority != 4 AND n % 2 = 1 AND a.n = 7 AND application_properties.n > 6")
                        .matches(message))
                .isTrue();
        assertThatThrownBy(() -> Selector.parseAmqpSql("p.nonsense = 1")).hasMessageContaining("no field nonsense");
    }
}
