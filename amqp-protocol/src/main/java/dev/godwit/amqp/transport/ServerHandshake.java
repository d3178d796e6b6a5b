package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Authenticator;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.type.AmqpError;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.security.SaslChallenge;
import org.apache.qpid.proton.amqp.security.SaslCode;
import org.apache.qpid.proton.amqp.security.SaslFrameBody;
import org.apache.qpid.proton.amqp.security.SaslInit;
import org.apache.qpid.proton.amqp.security.SaslMechanisms;
import org.apache.qpid.proton.amqp.security.SaslOutcome;
import org.apache.qpid.proton.amqp.security.SaslResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of the handshake. Owned by the connection's loop; ends when the peer's AMQP header has come.
 *
 * <p>What a peer sends ahead of the outcome waits unread in the socket, so nothing of it is ever acted upon before it
 * is known who speaks.
 */
final class ServerHandshake implements Handshake, Authenticator.Reply {
    private static final Logger log = LoggerFactory.getLogger(ServerHandshake.class);

    /** More answers than any mechanism needs. */
    private static final int RESPONSES_MAX = 8;

    /** What lies below AMQP on this socket. */
    interface Layers {
        /** What is known of the peer. To be asked when it has said something, so that TLS is settled. */
        Authenticator.Peer peer();

        /** Whether the peer may begin TLS now. */
        boolean offersTls();

        /**
         * What the peer says from now on, and what is written, is TLS.
         *
         * @param ahead what it said of that already; taken over
         */
        void beginTls(ByteBuf ahead);
    }

    private enum Step {
        /** The first protocol header. */
        FIRST_HEADER,
        /** The peer's choice of a mechanism. */
        SASL_INIT,
        /** The peer's answer to a challenge. */
        SASL_RESPONSE,
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
    private final Layers layers;
    private Authenticator.@Nullable Peer peer;
    private final SaslFrames frames;
    private Authenticator.@Nullable Exchange exchange;
    private int responses;
    private @Nullable Identity identity;

    ServerHandshake(ProtonConnection connection, PerformativeCodec codec, Authenticator authenticator, Layers layers) {
        this.connection = connection;
        this.codec = codec;
        this.authenticator = authenticator;
        this.layers = layers;
        frames = new SaslFrames(codec, authenticator.saslFrameBytesMax());
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
        if (step == Step.SASL_RESPONSE) {
            onSaslResponse(in);
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
            peer = layers.peer();
            var offered = authenticator.mechanisms(peer);
            if (offered.isEmpty()) {
                refuseHeader("no SASL mechanism can be offered to this peer");
                return;
            }
            mechanisms.setSaslServerMechanisms(
                    offered.stream().map(Symbol::valueOf).toArray(Symbol[]::new));
            ByteBuf out = connection.room();
            ProtocolHeader.SASL.writeTo(out);
            codec.writeSaslFrame(mechanisms, out);
            connection.flushNow();
        } else if (header == ProtocolHeader.TLS) {
            beginTls(in);
        } else if (authenticator.allowsNoSasl()) {
            step = Step.OVER;
            connection.onHandshakeDone(Identity.ANONYMOUS, true);
        } else {
            refuseHeader("AMQP without SASL");
        }
    }

    /** The peer wants TLS in place (§5.2); within it the headers begin anew. */
    private void beginTls(ByteBuf in) {
        if (!layers.offersTls()) {
            refuseHeader("TLS where it cannot be begun");
            return;
        }
        ProtocolHeader.TLS.writeTo(connection.room());
        connection.flushNow();
        layers.beginTls(in.readBytes(in.readableBytes()));
    }

    /** Null when it has not all come; a header that is none of ours ends the connection. */
    private @Nullable ProtocolHeader readHeader(ByteBuf in) {
        if (!ProtocolHeader.mayBecome(in)) {
            refuseHeader("no protocol header of ours: it begins with " + ProtocolHeader.printable(in));
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
        connection.end().onHandshakeFailed(DisconnectCause.Kind.PROTOCOL, reason);
    }

    private void onSaslInit(ByteBuf in) {
        SaslFrameBody frame = frames.read(in);
        if (frame == null) {
            return;
        }
        if (!(frame instanceof SaslInit init)) {
            throw outOfTurn(frame, "sasl-init");
        }
        String mechanism = String.valueOf(init.getMechanism());
        var begun = authenticator.begin(mechanism, Objects.requireNonNull(peer));
        if (begun == null) {
            fail("mechanism " + mechanism + " is not offered");
            return;
        }
        exchange = begun;
        ask(begun, ClientHandshake.bytes(init.getInitialResponse()));
    }

    private void onSaslResponse(ByteBuf in) {
        SaslFrameBody frame = frames.read(in);
        if (frame == null) {
            return;
        }
        if (!(frame instanceof SaslResponse response)) {
            throw outOfTurn(frame, "sasl-response");
        }
        if (++responses > RESPONSES_MAX) {
            fail("more than " + RESPONSES_MAX + " responses");
            return;
        }
        ask(Objects.requireNonNull(exchange), ClientHandshake.bytes(response.getResponse()));
    }

    private static ProtocolViolation outOfTurn(SaslFrameBody frame, String due) {
        return new ProtocolViolation(
                AmqpError.ILLEGAL_STATE, frame.getClass().getSimpleName() + " where " + due + " is due");
    }

    private void ask(Authenticator.Exchange begun, byte @Nullable [] response) {
        step = Step.AUTHENTICATING;
        connection.input().pause(ConnectionInput.Wait.AUTHENTICATOR);
        try {
            begun.onResponse(response, this);
        } catch (RuntimeException broken) {
            log.error("{}: whether the peer may come in cannot be found out", connection.remoteAddress(), broken);
            onUnavailable();
        }
    }

    @Override
    public void onChallenge(byte[] bytes) {
        if (isWaiting()) {
            step = Step.SASL_RESPONSE;
            var challenge = new SaslChallenge();
            challenge.setChallenge(new Binary(bytes));
            codec.writeSaslFrame(challenge, connection.room());
            connection.flushNow();
            connection.input().resume(ConnectionInput.Wait.AUTHENTICATOR);
        }
    }

    @Override
    public void onAdmitted(Identity answer, byte @Nullable [] additionalData) {
        if (isWaiting()) {
            identity = answer;
            step = Step.AMQP_HEADER;
            writeOutcome(SaslCode.OK, additionalData);
            connection.input().resume(ConnectionInput.Wait.AUTHENTICATOR);
        }
    }

    @Override
    public void onRefused() {
        if (isWaiting()) {
            fail("credentials were refused");
        }
    }

    @Override
    public void onUnavailable() {
        if (isWaiting()) {
            fail(SaslCode.SYS_TEMP, "credentials could not be checked");
        }
    }

    /** False when the peer did not wait for the answer. */
    private boolean isWaiting() {
        return step == Step.AUTHENTICATING && connection.isUsable();
    }

    private void fail(String reason) {
        fail(SaslCode.AUTH, reason);
    }

    private void fail(SaslCode code, String reason) {
        step = Step.OVER;
        writeOutcome(code, null);
        connection.end().onHandshakeFailed(DisconnectCause.Kind.AUTHENTICATION, reason);
    }

    private void writeOutcome(SaslCode code, byte @Nullable [] additionalData) {
        var outcome = new SaslOutcome();
        outcome.setCode(code);
        if (additionalData != null) {
            outcome.setAdditionalData(new Binary(additionalData));
        }
        codec.writeSaslFrame(outcome, connection.room());
        connection.flushNow();
    }

    private void onAmqpHeader(ByteBuf in) {
        ProtocolHeader header = readHeader(in);
        if (header == null) {
            return;
        }
        if (header != ProtocolHeader.AMQP) {
            refuseHeader("a second security layer");
            return;
        }
        step = Step.OVER;
        connection.onHandshakeDone(Objects.requireNonNull(identity), true);
    }
}
