package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.sasl.SaslExchange;
import dev.godwit.amqp.sasl.SaslFailure;
import dev.godwit.amqp.sasl.SaslLogin;
import dev.godwit.amqp.sasl.SaslMechanism;
import dev.godwit.amqp.type.AmqpError;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
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

/**
 * The client's end of the handshake. Owned by the connection's loop; ends when the peer's AMQP header has come. What
 * the client asked for meanwhile is written as soon as the peer has let it in, ahead of that header.
 */
final class ClientHandshake implements Handshake {
    /** More than any mechanism has. */
    private static final int CHALLENGES_MAX = 8;

    private enum Step {
        /** The peer's SASL header. */
        SASL_HEADER,
        /** The mechanisms that the peer offers. */
        MECHANISMS,
        /** The mechanism thinks what to say. */
        OURS,
        /** The peer's challenge, or its verdict. */
        THEIRS,
        /** The peer's AMQP header. */
        AMQP_HEADER,
        /** Done, or failed. */
        OVER
    }

    private final ProtonConnection connection;
    private final PerformativeCodec codec;
    private final ConnectOptions options;
    private final ClientLayers layers;
    private Step step = Step.SASL_HEADER;
    private SaslMechanism mechanism = SaslMechanism.ANONYMOUS;
    private @Nullable SaslExchange exchange;
    private int challenges;

    /** A token supplier that is being asked. */
    private @Nullable Future<?> supplier;

    ClientHandshake(ProtonConnection connection, PerformativeCodec codec, ConnectOptions options, ClientLayers layers) {
        this.layers = layers;
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
        if (step == Step.THEIRS) {
            SaslFrameBody frame = new SaslFrames(codec).read(in);
            if (frame instanceof SaslOutcome outcome) {
                onOutcome(outcome);
            } else if (frame instanceof SaslChallenge challenge) {
                onChallenge(challenge);
            } else if (frame != null) {
                throw unexpected(frame);
            }
        }
        if (step == Step.AMQP_HEADER && isHeader(in, ProtocolHeader.AMQP)) {
            step = Step.OVER;
            connection.onHandshakeDone(new Identity(mechanism.text(), user()), false);
        }
    }

    private String user() {
        String user = options.login().user();
        return user == null || mechanism == SaslMechanism.ANONYMOUS ? Identity.ANONYMOUS.name() : user;
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
        connection
                .end()
                .onHandshakeFailed(
                        DisconnectCause.Kind.PROTOCOL,
                        "the peer answered "
                                + (header == null
                                        ? "with something that is not AMQP 1.0"
                                        : header + " to our " + wanted)
                                + " header");
        return false;
    }

    private void onMechanisms(SaslMechanisms mechanisms) {
        Symbol[] symbols = mechanisms.getSaslServerMechanisms();
        List<String> offered = symbols == null
                ? List.of()
                : Arrays.stream(symbols).map(String::valueOf).toList();
        boolean hasCertificate = layers.hasCertificate();
        SaslMechanism chosen = options.login().choose(offered, hasCertificate, layers.isEncrypted());
        if (chosen == null) {
            fail(DisconnectCause.Kind.MECHANISM, nothingFits(offered, hasCertificate));
            return;
        }
        mechanism = chosen;
        SaslExchange begun = chosen.begin(options.login());
        exchange = begun;
        step = Step.OURS;
        ask(begun::begin, message -> {
            var init = new SaslInit();
            init.setMechanism(Symbol.valueOf(chosen.text()));
            init.setHostname(options.hostname() == null ? options.host() : options.hostname());
            init.setInitialResponse(new Binary(message));
            say(init);
        });
    }

    /** Which were offered, which are allowed, and what there is to log in with. */
    private String nothingFits(List<String> offered, boolean hasCertificate) {
        SaslLogin login = options.login();
        var has = new ArrayList<String>();
        if (login.user() != null) {
            has.add("a user");
        }
        if (login.password() != null) {
            has.add("a password");
        }
        if (login.tokens() != null) {
            has.add("tokens");
        }
        if (hasCertificate) {
            has.add("a certificate");
        }
        List<SaslMechanism> allowed =
                login.mechanisms().isEmpty() ? List.of(SaslMechanism.values()) : login.mechanisms();
        return "no SASL mechanism fits: the peer offers " + offered + ", allowed are "
                + allowed.stream().map(SaslMechanism::text).toList() + ", and we have "
                + (has.isEmpty() ? "neither user nor token nor certificate" : String.join(" and ", has))
                + whatKeepsTokens(offered);
    }

    private String whatKeepsTokens(List<String> offered) {
        return options.login().choose(offered, false, true) == null
                ? ""
                : "; tokens are not sent without TLS, unless that is allowed";
    }

    /**
     * What a mechanism does may take long: it is done elsewhere, and the answer taken here. Meanwhile what the peer says waits in
     * the socket.
     */
    private void ask(Callable<byte[]> question, Consumer<byte[]> then) {
        connection.input().pause(ConnectionInput.Wait.AUTHENTICATOR);
        BiConsumer<byte @Nullable [], @Nullable Throwable> heard =
                (message, failure) -> onThought(message, failure, then);
        if (mechanism.sendsToken()) {
            supplier = TokenThreads.ask(
                    question, (message, failure) -> connection.tasks().run(() -> heard.accept(message, failure)));
        } else {
            connection.tasks().runBlocking(question, heard);
        }
    }

    private void onThought(byte @Nullable [] message, @Nullable Throwable failure, Consumer<byte[]> then) {
        supplier = null;
        if (step != Step.OURS || !connection.isUsable()) {
            return;
        }
        if (message != null) {
            step = Step.THEIRS;
            then.accept(message);
            connection.input().resume(ConnectionInput.Wait.AUTHENTICATOR);
        } else {
            fail(
                    DisconnectCause.Kind.AUTHENTICATION,
                    "no login by " + mechanism.text() + ": " + (failure == null ? "no answer" : words(failure)));
        }
    }

    @Override
    public String waitsFor() {
        return supplier == null ? "" : ": the token supplier has given none";
    }

    @Override
    public void onConnectionOver() {
        if (supplier != null) {
            supplier.cancel(true);
        }
    }

    private static String words(Throwable failure) {
        return failure instanceof SaslFailure ? String.valueOf(failure.getMessage()) : failure.toString();
    }

    private void say(SaslFrameBody frame) {
        codec.writeSaslFrame(frame, connection.room());
        connection.flushNow();
    }

    private void onChallenge(SaslChallenge challenge) {
        if (++challenges > CHALLENGES_MAX) {
            fail(DisconnectCause.Kind.PROTOCOL, "more than " + CHALLENGES_MAX + " challenges");
            return;
        }
        SaslExchange running = Objects.requireNonNull(exchange);
        byte[] question = bytes(challenge.getChallenge());
        step = Step.OURS;
        ask(() -> running.answer(question == null ? new byte[0] : question), message -> {
            var response = new SaslResponse();
            response.setResponse(new Binary(message));
            say(response);
        });
    }

    static byte @Nullable [] bytes(@Nullable Binary binary) {
        return binary == null
                ? null
                : Arrays.copyOfRange(
                        binary.getArray(), binary.getArrayOffset(), binary.getArrayOffset() + binary.getLength());
    }

    private void onOutcome(SaslOutcome outcome) {
        SaslExchange running = Objects.requireNonNull(exchange);
        if (outcome.getCode() == SaslCode.OK) {
            try {
                running.admitted(bytes(outcome.getAdditionalData()));
                step = Step.AMQP_HEADER;
                connection.touch();
            } catch (SaslFailure untrue) {
                fail(
                        DisconnectCause.Kind.AUTHENTICATION,
                        "no login by " + mechanism.text() + ": " + untrue.getMessage());
            }
            return;
        }
        String reason = running.refusal();
        String refused = "the peer refused " + user() + " by " + mechanism.text() + ": outcome " + outcome.getCode()
                + (reason.isEmpty() ? "" : ", " + reason);
        // It could not find out who we are, and may the next time (§5.3.3.6).
        boolean passing = outcome.getCode() == SaslCode.SYS_TEMP;
        fail(passing ? DisconnectCause.Kind.NETWORK : DisconnectCause.Kind.AUTHENTICATION, refused);
    }

    private void fail(DisconnectCause.Kind kind, String reason) {
        step = Step.OVER;
        connection.end().onHandshakeFailed(kind, reason);
    }

    private static ProtocolViolation unexpected(SaslFrameBody frame) {
        return new ProtocolViolation(
                AmqpError.ILLEGAL_STATE,
                frame.getClass().getSimpleName() + " out of turn",
                DisconnectCause.Kind.AUTHENTICATION);
    }
}
