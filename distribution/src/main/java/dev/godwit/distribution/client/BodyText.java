package dev.godwit.distribution.client;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Binary;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Shows the body of a message on one line. */
public final class BodyText {
    private BodyText() {}

    /** Text as it is, bytes as text where they are UTF-8 without control characters and in hexadecimal otherwise. */
    public static String of(AmqpMessage message) {
        MessageBody body = message.body();
        if (body instanceof MessageBody.Data data) {
            var bytes = new ByteArrayOutputStream();
            data.sections().forEach(section -> bytes.writeBytes(section.toByteArray()));
            return ofBytes(bytes.toByteArray());
        }
        if (body instanceof MessageBody.Sequence sequence) {
            return sequence.sections().toString();
        }
        Object value = ((MessageBody.Value) body).value();
        return value instanceof Binary binary ? ofBytes(binary.toByteArray()) : String.valueOf(value);
    }

    private static String ofBytes(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.chars().noneMatch(Character::isISOControl)) {
                return text;
            }
        } catch (CharacterCodingException noText) {
            // falls through: shown as bytes
        }
        return "0x" + HexFormat.of().formatHex(bytes);
    }
}
