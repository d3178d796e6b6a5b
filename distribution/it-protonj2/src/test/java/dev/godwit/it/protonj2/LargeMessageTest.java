package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.StreamDelivery;
import org.apache.qpid.protonj2.client.StreamSenderMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages that neither client nor broker ever holds whole (AMQP 1.0 §2.6.14). */
@Timeout(120)
final class LargeMessageTest {
    private static final int MIB = 1024 * 1024;
    private static final int BODY_BYTES = 90 * MIB;
    private static final int PIECE_BYTES = 50_000;

    @RegisterExtension
    private final ConnectedBroker broker = new ConnectedBroker();

    private static byte at(long position) {
        return (byte) (position * 31 + (position >>> 12));
    }

    /** Writes so many bytes of the pattern. */
    private static void write(OutputStream body, long bytes) throws Exception {
        var piece = new byte[PIECE_BYTES];
        for (long position = 0; position < bytes; position += piece.length) {
            int length = (int) Math.min(piece.length, bytes - position);
            for (int i = 0; i < length; i++) {
                piece[i] = at(position + i);
            }
            body.write(piece, 0, length);
        }
    }

    private static long readPattern(InputStream body) throws Exception {
        var piece = new byte[PIECE_BYTES];
        long position = 0;
        for (int length = body.read(piece); length >= 0; length = body.read(piece)) {
            for (int i = 0; i < length; i++) {
                if (piece[i] != at(position + i)) {
                    throw new AssertionError("byte " + (position + i) + " is wrong");
                }
            }
            position += length;
        }
        return position;
    }

    private StreamSenderMessage begin(String subject) throws Exception {
        var message = broker.connection().openStreamSender("orders").beginMessage();
        message.durable(true);
        message.subject(subject);
        return message;
    }

    @Test
    void streamsThroughUnchanged() throws Exception {
        var message = begin("large");
        try (var body = message.body()) {
            write(body, BODY_BYTES);
        }
        message.complete();
        message.tracker().awaitSettlement(60, TimeUnit.SECONDS);
        assertThat(message.tracker().remoteState().isAccepted()).isTrue();

        StreamDelivery delivery =
                broker.connection().openStreamReceiver("orders").receive(30, TimeUnit.SECONDS);
        assertThat(delivery.message().subject()).isEqualTo("large");
        assertThat(delivery.message().durable()).isTrue();
        assertThat(readPattern(delivery.message().body())).isEqualTo(BODY_BYTES);
        delivery.accept();
    }

    @Test
    void abortedMessageNeverArrives() throws Exception {
        var aborted = begin("aborted");
        write(aborted.body(), 5 * MIB);
        aborted.abort();
        var whole = begin("whole");
        try (var body = whole.body()) {
            write(body, 2 * MIB);
        }
        whole.complete();
        whole.tracker().awaitSettlement(60, TimeUnit.SECONDS);

        StreamDelivery delivery =
                broker.connection().openStreamReceiver("orders").receive(30, TimeUnit.SECONDS);
        assertThat(delivery.message().subject()).isEqualTo("whole");
        assertThat(readPattern(delivery.message().body())).isEqualTo(2 * MIB);
        delivery.accept();
    }
}
