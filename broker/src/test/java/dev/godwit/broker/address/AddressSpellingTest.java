package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressSpellingTest {
    @ParameterizedTest
    @CsvSource({
        "orders,orders,",
        "queue://orders,orders,QUEUE",
        "topic://news.x,news.x,TOPIC",
        "/queues/orders,orders,QUEUE",
        "/queues/a%20b%2Fc+d,a b/c+d,QUEUE",
        "/queues/50%,50%,QUEUE",
        "a/queues/b,a/queues/b,",
        "queue:/orders,queue:/orders,",
    })
    void tellsTheNameFromWhatItIsToBe(String address, String name, NodeKind kind) {
        assertThat(AddressSpelling.parse(address)).isEqualTo(new AddressSpelling(name, kind));
    }
}
