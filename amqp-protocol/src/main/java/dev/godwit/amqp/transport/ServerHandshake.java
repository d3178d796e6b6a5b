package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Authenticator;
import dev.godwit.amqp.container.Authenticator.Credentials;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.type.AmqpError;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Objects;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.security.SaslCode;
import org.apache.qpid.proton.amqp.security.SaslFrameBody;
import org.apache.qpid.proton.amqp.security.SaslInit;
import org.apache.qpid.proton.amqp.security.SaslMechanisms;
import org.apache.qpid.proton.amqp.security.SaslOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of the handshake. Owned by the connection's loop; ends when the peer's AMQP header has come.
 *
 * <p>What a peer sends ahead of the outcome waits unread in the socket, so nothing of it is ever acted upon before it
 * is known who speaks.
 */
final class ServerHandshake implements Handshake {
    private static final String PLAIN = "PLAIN";
    private static final String ANONYMOUS = "ANONYMOUS";
    private static final List<String> SPOKEN = List.of(PLAIN, ANONYMOUS);

    private enum Step {
        /** The first protocol header. */
        FIRST_HEADER,
        /** The peer's choice of a mechanism. */
        SASL_INIT,
        /** The authenticator thinks; nothing is read. */
        AUTHENTICATING,
        /** The AMQP header after SASL. */
        AMQP_HEADER,
        /** Done, or failed. */
        OVER
    }

    private final ProtonConnection connection;
    private final PerformativeCodec codec;
    private final Authenticator authenticator;
    private Step step = Step.FIRST_HEADER;
    private @Nullable Identity identity;

    ServerHandshake(ProtonConnection connection, PerformativeCodec codec, Authenticator authenticator) {
        this.connection = connection;
        this.codec = codec;
        this.authenticator = authenticator;
    }

    @Override
    public void onConnected() {
        // The client speaks first.
    }

    @Override
    public void onBytes(ByteBuf in) {
        if (step == Step.FIRST_HEADER) {
            onFirstHeader(in);
        }
        if (step == Step.SASL_INIT) {
            onSaslInit(in);
        }
        if (step == Step.AMQP_HEADER) {
            onAmqpHeader(in);
        }
    }

    private void onFirstHeader(ByteBuf in) {
        ProtocolHeader header = readHeader(in);
        if (header == null) {
            return;
        }
        if (header == ProtocolHeader.SASL) {
            step = Step.SASL_INIT;
            var mechanisms = new SaslMechanisms();
            mechanisms.setSaslServerMechanisms(authenticator.mechanisms().stream()
                    .filter(SPOKEN::contains)
                    .map(Symbol::valueOf)
                    .toArray(Symbol[]::new));
            ByteBuf out = connection.room();
            ProtocolHeader.SASL.writeTo(out);
            codec.writeSaslFrame(mechanisms, out);
            connection.flushNow();
        } else if (authenticator.allowsNoSasl()) {
            step = Step.OVER;
            connection.onHandshakeDone(Identity.ANONYMOUS, true);
        } else {
            refuseHeader("AMQP without SASL");
        }
    }

    /** Null when it has not all come; a header that is none of ours ends the connection. */
    private @Nullable ProtocolHeader readHeader(ByteBuf in) {
        if (!ProtocolHeader.mayBecome(in)) {
            refuseHeader("no protocol header of ours: it begins with " + printable(in));
            return null;
        }
        if (in.readableBytes() < ProtocolHeader.BYTES) {
            return null;
        }
        ProtocolHeader header = ProtocolHeader.peek(in);
        in.skipBytes(ProtocolHeader.BYTES);
        return header;
    }

    /** We say which protocol we would have spoken (AMQP 1.0 §2.2), and close. */
    private void refuseHeader(String reason) {
        step = Step.OVER;
        (authenticator.allowsNoSasl() || identity != null ? ProtocolHeader.AMQP : ProtocolHeader.SASL)
                .writeTo(connection.room());
        connection.onHandshakeFailed(DisconnectCause.Kind.PROTOCOL, reason);
    }

    private static String printable(ByteBuf in) {
        var text = new StringBuilder();
        for (int i = 0; i < Math.min(ProtocolHeader.BYTES, in.readableBytes()); i++) {
            int character = in.getUnsignedByte(in.readerIndex() + i);
            text.append(character > ' ' && character < 0x7f ? (char) character : '.');
        }
        return text.toString();
    }

    private void onSaslInit(ByteBuf in) {
        SaslFrameBody frame = new SaslFrames(codec).read(in);
        if (frame == null) {
            return;
        }
        if (!(frame instanceof SaslInit init)) {
            throw new ProtocolViolation(
                    AmqpError.ILLEGAL_STATE, frame.getClass().getSimpleName() + " where sasl-init is due");
        }
        String mechanism = String.valueOf(init.getMechanism());
        Credentials credentials = credentials(mechanism, init);
        if (credentials == null) {
            fail("cannot be let in by mechanism " + mechanism);
            return;
        }
        step = Step.AUTHENTICATING;
        connection.input().pause(ConnectionInput.Wait.AUTHENTICATOR);
        authenticator.authenticate(credentials, connection.remoteAddress(), this::onAnswer);
    }

    private @Nullable Credentials credentials(String mechanism, SaslInit init) {
        if (!authenticator.mechanisms().contains(mechanism)) {
            return null;
        }
        return switch (mechanism) {
            case PLAIN -> PlainCredentials.parse(init.getInitialResponse());
            case ANONYMOUS -> new Credentials.Anonymous();
            default -> null;
        };
    }

    private void onAnswer(@Nullable Identity answer) {
        if (step != Step.AUTHENTICATING || !connection.isUsable()) {
            return;
        }
        if (answer == null) {
            fail("credentials were refused");
            return;
        }
        identity = answer;
        step = Step.AMQP_HEADER;
        writeOutcome(SaslCode.OK);
        connection.input().resume(ConnectionInput.Wait.AUTHENTICATOR);
    }

    private void fail(String reason) {
        step = Step.OVER;
        writeOutcome(SaslCode.AUTH);
        connection.onHandshakeFailed(DisconnectCause.Kind.AUTHENTICATION, reason);
    }

    private void writeOutcome(SaslCode code) {
        var outcome = new SaslOutcome();
        outcome.setCode(code);
        codec.writeSaslFrame(outcome, connection.room());
        connection.flushNow();
    }

    private void onAmqpHeader(ByteBuf in) {
        ProtocolHeader header = readHeader(in);
        if (header == null) {
            return;
        }
        if (header == ProtocolHeader.SASL) {
            refuseHeader("a second SASL");
            return;
        }
        step = Step.OVER;
        connection.onHandshakeDone(Objects.requireNonNull(identity), true);
    }
}
