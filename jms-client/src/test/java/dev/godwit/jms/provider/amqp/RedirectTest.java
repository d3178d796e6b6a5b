package dev.godwit.jms.provider.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.ConnectOptions;
import dev.godwit.amqp.transport.TlsClient;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.jms.provider.ServerAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedirectTest {
    private static final TlsClient TLS = new TlsClient(
            null,
            null,
            null,
            new TlsClient.Store(Path.of("trust.pem"), null, null),
            false,
            true,
            "TLS",
            List.of(),
            List.of(),
            List.of(),
            List.of());
    private static final ConnectOptions.WebSocket WEB_SOCKET =
            new ConnectOptions.WebSocket("/ours", Map.of("Authorization", "secret"), 1_000);

    private static AmqpSettings settings(boolean tls, boolean allowsNonSecure) {
        return new AmqpSettings(
                "here",
                1,
                new AmqpSettings.Transport(ConnectOptions.Tcp.DEFAULTS, TLS, WEB_SOCKET, tls, false),
                AmqpSettings.Login.DEFAULT,
                1_000,
                null,
                0,
                512,
                PresettlePolicy.NONE,
                null,
                null,
                false,
                allowsNonSecure);
    }

    private static ErrorCondition redirect(Map<Symbol, Object> info) {
        return new ErrorCondition(Symbol.of("amqp:connection:redirect"), null, info);
    }

    private static @Nullable String target(AmqpSettings from, String scheme) {
        AmqpSettings target = Redirect.target(
                from,
                redirect(
                        Map.of(Symbol.of("network-host"), "there", Symbol.of("port"), 2, Symbol.of("scheme"), scheme)));
        return target == null ? null : target.describe();
    }

    @ParameterizedTest
    @CsvSource({
        "false, false, amqp, amqp://there:2",
        "false, false, amqps, amqps://there:2",
        "false, false, wss, amqpwss://there:2",
        "true, false, amqps, amqps://there:2",
        "true, false, amqp, ",
        "true, false, ws, ",
        "true, true, amqp, amqp://there:2"
    })
    void leadsOutOfTlsOnlyWhereThatIsAllowed(boolean tls, boolean allowed, String scheme, @Nullable String expected) {
        assertThat(target(settings(tls, allowed), scheme)).isEqualTo(expected);
    }

    @Test
    void aNodeThatABrokerNamesIsSpokenWithInTlsToo() {
        ServerAddress named = new ServerAddress("there", 2, null, "amqp", null);
        assertThat(settings(true, false).at(named).describe()).isEqualTo("amqps://there:2");
        assertThat(settings(true, true).at(named).describe()).isEqualTo("amqp://there:2");
        assertThat(settings(false, false)
                        .at(new ServerAddress("there", 0, "v", "amqps", null))
                        .describe())
                .isEqualTo("amqps://there:1");
    }

    @Test
    void trustsThereWhomItTrustsHere() {
        AmqpSettings.Transport there = settings(false, false)
                .at(new ServerAddress("there", 2, null, "amqps", null))
                .transport();

        assertThat(there.encrypted()).isTrue();
        assertThat(there.tls()).isEqualTo(TLS);
    }

    @Test
    void tellsHeadersToNoOtherHostAndNoLessSafelyThanHere() {
        assertThat(webSocket(false, new ServerAddress("HERE", 2, null, "ws", "/there")))
                .isEqualTo(new ConnectOptions.WebSocket("/there", WEB_SOCKET.headers(), 1_000));
        assertThat(webSocket(false, new ServerAddress("there", 2, null, "ws", null)))
                .isEqualTo(new ConnectOptions.WebSocket("/ours", Map.of(), 1_000));
        assertThat(webSocket(true, new ServerAddress("here", 2, null, "wss", null)))
                .isEqualTo(WEB_SOCKET);
        assertThat(webSocket(true, new ServerAddress("here", 2, null, "ws", null)))
                .isEqualTo(new ConnectOptions.WebSocket("/ours", Map.of(), 1_000));
    }

    @Test
    void tellsHeadersWhereItStaysInTlsAgainstWhatTheAddressSays() {
        AmqpSettings there = settings(true, false).at(new ServerAddress("here", 2, null, "ws", null));

        assertThat(there.transport().encrypted()).isTrue();
        assertThat(there.transport().webSocket()).isEqualTo(WEB_SOCKET);
        assertThat(settings(true, false)
                        .at(new ServerAddress("there", 2, null, "ws", null))
                        .transport()
                        .webSocket()
                        .headers())
                .isEmpty();
    }

    private static ConnectOptions.WebSocket webSocket(boolean tls, ServerAddress to) {
        return settings(tls, true).at(to).transport().webSocket();
    }

    @Test
    void leadsNowhereWithoutAnAddress() {
        AmqpSettings from = settings(false, false);
        assertThat(Redirect.target(from, null)).isNull();
        assertThat(Redirect.target(from, redirect(Map.of()))).isNull();
        assertThat(Redirect.target(from, redirect(Map.of(Symbol.of("network-host"), "there", Symbol.of("port"), 0))))
                .isNull();
        assertThat(Redirect.target(
                        from,
                        new ErrorCondition(
                                Symbol.of("amqp:not-found"),
                                null,
                                Map.of(Symbol.of("network-host"), "there", Symbol.of("port"), 2))))
                .isNull();
        assertThat(Redirect.target(from, redirect(Map.of(Symbol.of("network-host"), "there", Symbol.of("port"), 2))))
                .isEqualTo(from.at(new ServerAddress("there", 2, null, null, null)));
    }
}
