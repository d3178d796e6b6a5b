package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
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
        "/exchanges/news%2Fx,news/x,TOPIC",
        "a/queues/b,a/queues/b,",
        "queue:/orders,queue:/orders,",
    })
    void tellsTheNameFromWhatItIsToBe(String address, String name, NodeKind kind) {
        assertThat(AddressSpelling.parse(address)).isEqualTo(new AddressSpelling(name, kind));
    }

    @Test
    void objectsToWhatTheNameHoldsHoweverItIsSpelt() {
        assertThat(AddressSpelling.objection("/queues/a%0Ab")).contains("control characters");
        assertThat(AddressSpelling.objection("/exchanges/news/key")).contains("subject");
        assertThat(AddressSpelling.objection("topic://")).contains("empty");
        assertThat(AddressSpelling.objection("queue://" + "x".repeat(1_025))).contains("1025");
        assertThat(AddressSpelling.objection("/queues/" + "%E2%82%AC".repeat(1_024)))
                .isNull();
        assertThat(AddressSpelling.objection("/queues/" + "%E2%82%AC".repeat(1_025)))
                .contains("1024");
    }
}
