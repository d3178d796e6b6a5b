package dev.godwit.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.godwit.broker.cluster.link.NodeAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientUriTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"amqp://10.0.0.1:5672", "amqps://[::1]:5671", "wss://broker.example:443", "amqp://node_1:5672"})
    void readsWhatItWrites(String text) {
        assertThat(ClientUri.parse(text)).hasToString(text);
    }

    @Test
    void takesItApart() {
        assertThat(ClientUri.parse("amqps://[::1]:5671"))
                .isEqualTo(new ClientUri("amqps", new NodeAddress("::1", 5671)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "amqp://10.0.0.1",
                "10.0.0.1:5672",
                "amqp://:5672",
                "amqp://a:0",
                "amqp://a:5672/queue",
                "amqp://user@a:5672",
                "://a:1",
                "amqp://a:1,amqp://b:2",
                "amqp://::1:5672"
            })
    void refusesWhatIsNone(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> ClientUri.parse(text));
    }

    @Test
    void passesOverWhatIsNone() {
        assertThat(ClientUri.parseAll(List.of("amqp:/a:1", "amqp://b:2")))
                .containsExactly(ClientUri.parse("amqp://b:2"));
    }
}
