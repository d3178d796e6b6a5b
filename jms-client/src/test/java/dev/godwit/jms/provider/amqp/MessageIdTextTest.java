package dev.godwit.jms.provider.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.jms.provider.ProviderException;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids by the AMQP-JMS mapping, "JMSMessageID and JMSCorrelationID handling". */
class MessageIdTextTest {
    private static final UUID UUID_VALUE = UUID.fromString("9b2c1a54-0000-4000-8000-0123456789ab");

    static Stream<Arguments> ids() {
        return Stream.of(
                arguments("ID:plain", "ID:plain", "ID:plain"),
                arguments("free", "ID:AMQP_NO_PREFIX:free", "free"),
                arguments(UUID_VALUE, "ID:AMQP_UUID:" + UUID_VALUE, "ID:AMQP_UUID:" + UUID_VALUE),
                arguments(
                        new UnsignedLong(-1),
                        "ID:AMQP_ULONG:18446744073709551615",
                        "ID:AMQP_ULONG:18446744073709551615"),
                arguments(Binary.copyOf(new byte[] {(byte) 0xFE, 1}), "ID:AMQP_BINARY:FE01", "ID:AMQP_BINARY:FE01"),
                arguments(
                        "ID:AMQP_ULONG:nonsense",
                        "ID:AMQP_STRING:ID:AMQP_ULONG:nonsense",
                        "ID:AMQP_STRING:ID:AMQP_ULONG:nonsense"));
    }

    @ParameterizedTest
    @MethodSource("ids")
    void goesThereAndBack(Object wire, String asMessageId, String asCorrelationId) {
        assertThat(MessageIdText.toMessageId(wire)).isEqualTo(asMessageId);
        assertThat(MessageIdText.toCorrelationId(wire)).hasToString(asCorrelationId);
        assertThat(MessageIdText.toWire(asMessageId)).isEqualTo(wire);
        assertThat(MessageIdText.toWire(asCorrelationId)).isEqualTo(wire);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ID:AMQP_UUID:x", "ID:AMQP_ULONG:-1", "ID:AMQP_ULONG:", "ID:AMQP_BINARY:0"})
    void refusesWhatClaimsATypeAndIsNone(String text) {
        assertThatThrownBy(() -> MessageIdText.toWire(text)).isInstanceOf(ProviderException.class);
    }
}
