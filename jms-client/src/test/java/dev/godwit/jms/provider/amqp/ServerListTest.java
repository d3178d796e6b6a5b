package dev.godwit.jms.provider.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.jms.provider.ServerAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The other nodes that a broker names. */
final class ServerListTest {
    private static OpenParameters open(Object list) {
        OpenParameters plain = OpenParameters.of("broker", null);
        return new OpenParameters(
                plain.containerId(),
                null,
                plain.maxFrameSize(),
                plain.channelMax(),
                0,
                List.of(),
                List.of(),
                Map.of(Symbol.of("failover-server-list"), list));
    }

    @Test
    void readsThemWithSymbolsAndWithTextsAsKeys() {
        Map<Object, Object> all = new LinkedHashMap<>();
        all.put(Symbol.of("network-host"), "10.0.0.2");
        all.put(Symbol.of("port"), 5673);
        all.put(Symbol.of("hostname"), "two.example");
        all.put(Symbol.of("scheme"), "amqps");
        all.put(Symbol.of("path"), "/ws");
        assertThat(ServerList.of(open(List.of(all, Map.of("hostname", "three.example")))))
                .containsExactly(
                        new ServerAddress("10.0.0.2", 5673, "two.example", "amqps", "/ws"),
                        new ServerAddress("three.example", 0, "three.example", null, null));
    }

    @Test
    void leavesOutWhatIsNone() {
        assertThat(ServerList.of(open(List.of(
                        "text",
                        Map.of("port", 5672),
                        Map.of("network-host", "x", "port", 70_000),
                        Map.of("network-host", "")))))
                .isEmpty();
        assertThat(ServerList.of(open("not a list"))).isEmpty();
        assertThat(ServerList.of(OpenParameters.of("broker", null))).isEmpty();
    }

    @Test
    void connectsToThemWithWhatWasSaidForTheFirst() {
        AmqpSettings first = new AmqpSettings("one.example", 5671, 1_000, "all", 2_000, 4_096);
        assertThat(first.at(new ServerAddress("10.0.0.2", 0, null, null, null)))
                .isEqualTo(new AmqpSettings("10.0.0.2", 5671, 1_000, "all", 2_000, 4_096));
        assertThat(first.at(new ServerAddress("10.0.0.2", 5673, "two.example", null, null)))
                .isEqualTo(new AmqpSettings("10.0.0.2", 5673, 1_000, "two.example", 2_000, 4_096));
    }
}
