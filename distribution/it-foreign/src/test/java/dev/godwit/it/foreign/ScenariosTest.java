package dev.godwit.it.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.BrokerProcess;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What users of clients in other languages do: all scenarios of {@code scenarios.py} and {@code .js} that take a connection. */
final class ScenariosTest {
    @TempDir
    private static Path directory;

    private static BrokerProcess broker;

    @BeforeAll
    static void start() throws Exception {
        broker = BrokerProcess.start(directory.resolve("data"), 0);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    static Stream<Arguments> scenarios() {
        return Stream.of(ForeignClient.values())
                .flatMap(client -> client.scenarios().stream().map(name -> Arguments.of(client, name)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("scenarios")
    void passes(ForeignClient client, String scenario) throws Exception {
        client.requireInstalled();

        assertThat(client.run("scenarios", scenario, "127.0.0.1", Integer.toString(broker.port())))
                .contains("passed");
    }
}
