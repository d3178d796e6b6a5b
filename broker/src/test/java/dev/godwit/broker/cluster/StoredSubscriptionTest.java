package dev.godwit.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.broker.address.SubscriptionKey;
import dev.godwit.broker.address.SubscriptionTerms;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.catalog.QueueDefinitionCodec;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StoredSubscriptionTest {
    private static final Map<Symbol, Object> SELECTOR =
            Map.of(Symbol.of("jms-selector"), new DescribedValue(new UnsignedLong(0x468C00000004L), "colour = 'red'"));

    @Test
    void comesBackFromTheCatalogAsItWas() {
        var key = new SubscriptionKey("anna", "sub", true);
        var terms = new SubscriptionTerms("topic://news", "news", true, true, SELECTOR);
        var stored = stored(key, terms);
        assertThat(stored.key()).isEqualTo(key);
        assertThat(stored.terms()).isEqualTo(terms);
        assertThat(stored.definition().definesSubscription()).isTrue();
        assertThat(stored.definition().definesTopic()).isFalse();
    }

    @Test
    void comesBackWithoutContainerAndFilters() {
        var key = new SubscriptionKey(null, "sub", true);
        var terms = new SubscriptionTerms("news", "news", true, false, Map.of());
        assertThat(stored(key, terms).key()).isEqualTo(key);
        assertThat(stored(key, terms).terms()).isEqualTo(terms);
    }

    @Test
    void namesQueuesOfDifferentKeysDifferently() {
        assertThat(StoredSubscription.queueName(new SubscriptionKey("a/b", "c", true)))
                .isNotEqualTo(StoredSubscription.queueName(new SubscriptionKey("a", "b/c", true)));
        assertThat(StoredSubscription.queueName(new SubscriptionKey("a%2Fb", "c", true)))
                .isNotEqualTo(StoredSubscription.queueName(new SubscriptionKey("a/b", "c", true)));
        assertThat(StoredSubscription.queueName(new SubscriptionKey(null, "c", true)))
                .isEqualTo("$subscription//c");
    }

    @Test
    void refusesFiltersThatTheCatalogCannotHold() {
        var filters = Map.<Symbol, Object>of(
                Symbol.of("jms-selector"), new DescribedValue(new UnsignedLong(0x468C00000004L), "a".repeat(4_000)));
        var key = new SubscriptionKey("anna", "sub", true);
        assertThat(StoredSubscription.objection(key, new SubscriptionTerms("news", "news", false, false, filters)))
                .contains("shorter selector");
        assertThat(StoredSubscription.objection(key, new SubscriptionTerms("news", "news", false, false, SELECTOR)))
                .isNull();
    }

    @Test
    void refusesNamesThatTheCatalogCannotHold() {
        var terms = new SubscriptionTerms("news", "news", false, false, Map.of());
        var longest = new SubscriptionKey("/".repeat(100), "a".repeat(400), true);
        assertThat(longest.objection()).isNull();
        assertThat(StoredSubscription.objection(longest, terms)).isNull();
        var tooLong = new SubscriptionKey("/".repeat(250), "%".repeat(250), true);
        assertThat(tooLong.objection()).isNull();
        assertThat(StoredSubscription.objection(tooLong, terms)).contains("counts as three");
    }

    @Test
    void refusesAnAddressThatTheCatalogCannotHold() {
        var key = new SubscriptionKey("anna", "sub", true);
        var terms = new SubscriptionTerms("/topics/" + "%20".repeat(1_400), "news", false, false, Map.of());
        assertThat(StoredSubscription.objection(key, terms)).contains("the address");
    }

    private static StoredSubscription stored(SubscriptionKey key, SubscriptionTerms terms) {
        var definition = new QueueDefinition(
                7, StoredSubscription.queueName(key), 3, 0, "anna", StoredSubscription.settings(key, terms));
        var body = QueueDefinitionCodec.encode(definition);
        return StoredSubscription.of(QueueDefinitionCodec.decode(definition.name(), body));
    }
}
