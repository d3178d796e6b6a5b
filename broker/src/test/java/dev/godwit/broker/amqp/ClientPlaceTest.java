package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.godwit.amqp.type.Symbol;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClientPlaceTest {
    @Test
    void readsUris() {
        assertThat(ClientPlace.of("amqp://10.0.0.1:5672")).isEqualTo(new ClientPlace("amqp", "10.0.0.1", 5672));
        assertThat(ClientPlace.of("amqps://[::1]:5671")).isEqualTo(new ClientPlace("amqps", "::1", 5671));
        assertThatIllegalArgumentException().isThrownBy(() -> ClientPlace.of("amqp://10.0.0.1"));
        assertThatIllegalArgumentException().isThrownBy(() -> ClientPlace.of("10.0.0.1:5672"));
    }

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
