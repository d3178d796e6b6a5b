package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.container.PlainResponse;
import dev.godwit.amqp.type.AmqpError;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.List;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.security.SaslCode;
import org.apache.qpid.proton.amqp.security.SaslFrameBody;
import org.apache.qpid.proton.amqp.security.SaslInit;
import org.apache.qpid.proton.amqp.security.SaslMechanisms;
import org.apache.qpid.proton.amqp.security.SaslOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of the handshake. Owned by the connection's loop; ends when the peer's AMQP header has come. What
 * the client asked for meanwhile is written as soon as the peer has let it in, ahead of that header.
 */
final class ClientHandshake implements Handshake {
    private static final String PLAIN = "PLAIN";
    private static final String ANONYMOUS = "ANONYMOUS";

    private enum Step {
        /** The peer's SASL header. */
        SASL_HEADER,
        /** The mechanisms that the peer offers. */
        MECHANISMS,
        /** The peer's verdict. */
        OUTCOME,
        /** The peer's AMQP header. */
        AMQP_HEADER,
        /** Done, or failed. */
        OVER
    }

    private final ProtonConnection connection;
    private final PerformativeCodec codec;
    private final ConnectOptions options;
    private Step step = Step.SASL_HEADER;
    private String mechanism = ANONYMOUS;

    ClientHandshake(ProtonConnection connection, PerformativeCodec codec, ConnectOptions options) {
        this.connection = connection;
        this.codec = codec;
        this.options = options;
    }

    /** The engine may write: the peer has let us in, though it may not have said so in AMQP. */
    boolean isOutputOpen() {
        return step == Step.AMQP_HEADER;
    }

    @Override
    public void onConnected() {
        if (options.skipsSasl()) {
            step = Step.AMQP_HEADER;
            connection.touch();
        } else {
            ProtocolHeader.SASL.writeTo(connection.room());
            connection.flushNow();
        }
    }

    @Override
    public void onBytes(ByteBuf in) {
        if (step == Step.SASL_HEADER && isHeader(in, ProtocolHeader.SASL)) {
            step = Step.MECHANISMS;
        }
        if (step == Step.MECHANISMS) {
            SaslFrameBody frame = new SaslFrames(codec).read(in);
            if (frame instanceof SaslMechanisms mechanisms) {
                onMechanisms(mechanisms);
            } else if (frame != null) {
                throw unexpected(frame);
            }
        }
        if (step == Step.OUTCOME) {
            SaslFrameBody frame = new SaslFrames(codec).read(in);
            if (frame instanceof SaslOutcome outcome) {
                onOutcome(outcome);
            } else if (frame != null) {
                throw unexpected(frame);
            }
        }
        if (step == Step.AMQP_HEADER && isHeader(in, ProtocolHeader.AMQP)) {
            step = Step.OVER;
            connection.onHandshakeDone(new Identity(mechanism, user()), false);
        }
    }

    private String user() {
        String user = options.user();
        return user == null || mechanism.equals(ANONYMOUS) ? Identity.ANONYMOUS.name() : user;
    }

    private boolean isHeader(ByteBuf in, ProtocolHeader wanted) {
        if (in.readableBytes() < ProtocolHeader.BYTES && ProtocolHeader.mayBecome(in)) {
            return false;
        }
        ProtocolHeader header = in.readableBytes() < ProtocolHeader.BYTES ? null : ProtocolHeader.peek(in);
        if (header == wanted) {
            in.skipBytes(ProtocolHeader.BYTES);
            return true;
        }
        step = Step.OVER;
        connection.onHandshakeFailed(
                DisconnectCause.Kind.PROTOCOL,
                "the peer answered "
                        + (header == null ? "with something that is not AMQP 1.0" : header + " to our " + wanted)
                        + " header");
        return false;
    }

    private void onMechanisms(SaslMechanisms mechanisms) {
        Symbol[] symbols = mechanisms.getSaslServerMechanisms();
        List<String> offered = symbols == null
                ? List.of()
                : Arrays.stream(symbols).map(String::valueOf).toList();
        String chosen = choose(offered);
        if (chosen == null) {
            fail("the peer offers no SASL mechanism that can be used here: " + offered);
            return;
        }
        mechanism = chosen;
        var init = new SaslInit();
        init.setMechanism(Symbol.valueOf(chosen));
        init.setHostname(options.host());
        init.setInitialResponse(
                chosen.equals(PLAIN)
                        ? new Binary(new PlainResponse("", String.valueOf(options.user()), passwordOrEmpty()).toBytes())
                        : new Binary(new byte[0]));
        codec.writeSaslFrame(init, connection.room());
        connection.flushNow();
        step = Step.OUTCOME;
    }

    private String passwordOrEmpty() {
        String password = options.password();
        return password == null ? "" : password;
    }

    private @Nullable String choose(List<String> offered) {
        String wanted = options.mechanism();
        if (wanted != null) {
            boolean usable = wanted.equals(ANONYMOUS) || (wanted.equals(PLAIN) && options.user() != null);
            return usable && offered.contains(wanted) ? wanted : null;
        }
        if (options.user() != null && offered.contains(PLAIN)) {
            return PLAIN;
        }
        return offered.contains(ANONYMOUS) ? ANONYMOUS : null;
    }

    private void onOutcome(SaslOutcome outcome) {
        if (outcome.getCode() == SaslCode.OK) {
            step = Step.AMQP_HEADER;
            connection.touch();
        } else {
            fail("the peer refused " + user() + " by " + mechanism + ": outcome " + outcome.getCode());
        }
    }

    private void fail(String reason) {
        step = Step.OVER;
        connection.onHandshakeFailed(DisconnectCause.Kind.AUTHENTICATION, reason);
    }

    private static ProtocolViolation unexpected(SaslFrameBody frame) {
        return new ProtocolViolation(
                AmqpError.ILLEGAL_STATE,
                frame.getClass().getSimpleName() + " out of turn",
                DisconnectCause.Kind.AUTHENTICATION);
    }
}
