package dev.godwit.it.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.security.PasswordHash;
import dev.godwit.it.BrokerProcess;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What users of clients in other languages do: each scenario is a function of {@code scenarios.py} or {@code .js}. */
final class ScenariosTest {
    @TempDir
    private static Path directory;

    private static BrokerProcess broker;

    @BeforeAll
    static void start() throws Exception {
        broker = BrokerProcess.start(directory.resolve("data"), 0);
    }

    @AfterAll
    static void stop() throws Exception {
        broker.close();
    }

    static Stream<Arguments> scenarios() {
        return Stream.concat(
                Stream.of(
                                "types",
                                "properties",
                                "settle_modes",
                                "outcomes",
                                "request_reply",
                                "anonymous_relay",
                                "large",
                                "drain",
                                "selector",
                                "bad_selector",
                                "browse",
                                "transactions",
                                "topic",
                                "durable_subscription",
                                "shared_subscription")
                        .map(name -> Arguments.of(ForeignClient.PYTHON, name)),
                Stream.of("types", "outcomes", "settle_modes", "drain", "request_reply", "large")
                        .map(name -> Arguments.of(ForeignClient.NODE, name)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("scenarios")
    void passes(ForeignClient client, String scenario) throws Exception {
        client.requireInstalled();

        assertThat(client.run("scenarios", scenario, "127.0.0.1", Integer.toString(broker.port())))
                .contains("passed");
    }

    @Test
    void letsNobodyInWithAWrongPassword() throws Exception {
        for (ForeignClient client : ForeignClient.values()) {
            client.requireInstalled();
        }
        var user = String.format(
                Locale.ROOT, "security.users=[{name: somebody, password: \"%s\"}]", PasswordHash.hash("right"));
        try (var locked = BrokerProcess.start(directory.resolve("locked"), 0, "--set", user)) {
            var port = Integer.toString(locked.port());
            for (ForeignClient client : ForeignClient.values()) {
                assertThat(client.run("scenarios", "wrong_password", "127.0.0.1", port))
                        .contains("passed");
            }
            assertThat(ForeignClient.PYTHON.run("scenarios", "right_password", "127.0.0.1", port, "PLAIN"))
                    .contains("passed");
        }
    }
}
