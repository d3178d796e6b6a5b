package dev.godwit.it.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.BrokerProcess;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One client's durable messages go through a killed broker to another client. Skipped where a client is not installed,
 * unless {@code GODWIT_REQUIRE_FOREIGN_CLIENTS=1} says that all must be.
 */
final class ForeignClientsTest {
    private static final String QUEUE = "foreign";
    private static final int COUNT = 50;

    @TempDir
    private Path directory;

    static Stream<Arguments> pairs() {
        return Stream.of(ForeignClient.values())
                .flatMap(sender -> Stream.of(ForeignClient.values()).map(receiver -> Arguments.of(sender, receiver)));
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void carriesDurableMessagesThroughAKilledBroker(ForeignClient sender, ForeignClient receiver) throws Exception {
        sender.requireInstalled();
        receiver.requireInstalled();

        try (var broker = BrokerProcess.start(data(), 0)) {
            assertThat(sender.run("client", arguments("send", broker))).contains("confirmed " + COUNT);
            broker.kill();
        }

        try (var broker = BrokerProcess.start(data(), 0)) {
            assertThat(receiver.run("client", arguments("receive", broker)))
                    .containsExactlyElementsOf(IntStream.range(0, COUNT)
                            .mapToObj(number -> "durable|message " + number + " \u00e4\u20ac|" + number + "|"
                                    + sender.subject() + "|c-" + number)
                            .toList());
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    private static String[] arguments(String direction, BrokerProcess broker) {
        return new String[] {direction, "127.0.0.1", Integer.toString(broker.port()), QUEUE, Integer.toString(COUNT)};
    }
}
