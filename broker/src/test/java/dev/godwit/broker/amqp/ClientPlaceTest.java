package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Symbol;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClientPlaceTest {
    @Test
    void tellsClientsAsOtherBrokersDo() {
        assertThat(ClientPlace.list(List.of(new ClientPlace("amqps", "two.example", 5671))))
                .containsExactly(Map.of(
                        Symbol.of("scheme"), "amqps",
                        Symbol.of("hostname"), "two.example",
                        Symbol.of("network-host"), "two.example",
                        Symbol.of("port"), 5671));
    }
}
