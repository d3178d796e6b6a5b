package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.address.RoutingRule.Alias;
import dev.godwit.broker.address.RoutingRule.Forward;
import java.util.HashSet;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RoutingRulesTest {
    private RoutingRules rules = RoutingRules.none(false);

    private static Forward route(String name, String from, String to) {
        return new Forward(name, from, to, null, false);
    }

    private @Nullable String add(RoutingRule rule) {
        var objection = rules.objection(rule);
        if (objection == null) {
            rules = rules.with(rule);
        }
        return objection;
    }

    @Test
    void refusesACircleAndNamesIt() {
        assertThat(add(route("one", "a", "b"))).isNull();
        assertThat(add(route("two", "b", "c"))).isNull();
        assertThat(add(route("three", "c", "a")))
                .startsWith("the route 'three' would lead in a circle: ")
                .contains("'a' → 'b' → 'c' → 'a'");
        assertThat(add(route("itself", "a", "a"))).contains("cannot lead to where it begins");
    }

    @Test
    void refusesACircleThroughAPattern() {
        assertThat(add(route("all", "orders.#", "audit"))).isNull();
        assertThat(add(route("on", "audit", "archive"))).isNull();
        assertThat(add(route("back", "archive", "orders.old"))).contains("would lead in a circle");
        assertThat(add(route("everything", "#", "sink"))).contains("would lead in a circle");
    }

    @Test
    void refusesACircleThroughAQueueThatATopicFillsByItsName() {
        rules = RoutingRules.none(true);
        assertThat(add(route("back", "Consumer.a.VirtualTopic.orders", "VirtualTopic.orders")))
                .contains("would lead in a circle");
        rules = RoutingRules.none(false);
        assertThat(add(route("back", "Consumer.a.VirtualTopic.orders", "VirtualTopic.orders")))
                .isNull();
    }

    @Test
    void refusesAWayThatIsTooLong() {
        for (int hop = 0; hop < RoutingRules.HOPS_MAX; hop++) {
            assertThat(add(route("hop " + hop, "a" + hop, "a" + (hop + 1)))).isNull();
        }
        assertThat(add(route("before", "first", "a0"))).contains("a way of more than 16 routes");
        assertThat(add(route("behind", "a16", "last"))).contains("a way of more than 16 routes");
        assertThat(add(route("beside", "first", "a1"))).isNull();
    }

    @Test
    void aliasesNameAddressesAndNothingElse() {
        assertThat(add(new Alias("old", "new"))).isNull();
        assertThat(rules.meaning("old")).isEqualTo("new");
        assertThat(rules.meaning("new")).isEqualTo("new");
        assertThat(add(new Alias("older", "old"))).isEqualTo("'old' is an alias: name 'new' itself");
        assertThat(add(new Alias("x", "x"))).contains("alias of itself");
        assertThat(add(route("r", "old", "b"))).contains("'old' is an alias");
        assertThat(add(route("r", "a", "old"))).contains("'old' is an alias");
        assertThat(add(route("r", "a", "b"))).isNull();
        assertThat(add(new Alias("a", "c"))).contains("the route 'r' names 'a'");
        assertThat(add(new Alias("b", "c"))).contains("the route 'r' names 'b'");
        assertThat(rules.objectionToRemoving("new")).isEqualTo("the alias 'old' leads to 'new': delete it first");
        assertThat(rules.objectionToRemoving("b")).isEqualTo("the route 'r' leads to 'b': delete it first");
        assertThat(rules.objectionToRemoving("a")).isNull();
    }

    @Test
    void saysWhatIsWrongWithARuleByItself() {
        assertThat(add(new Forward("r", "a", "b", "colour = ", false))).startsWith("the filter of a route: ");
        assertThat(add(route("", "a", "b"))).isEqualTo("the name of a route may not be empty");
        assertThat(add(route("r", "a", "b.*"))).contains("'b.*' is a pattern");
        assertThat(add(route("r".repeat(1_001), "a", "b"))).contains("may have 1000 characters");
    }

    @Test
    void patternsAreForNoTemporaryTopics() {
        add(route("all", "orders.*", "audit"));
        assertThat(rules.beginningAt("orders.new", false)).hasSize(1);
        assertThat(rules.beginningAt("orders.new", true)).isEmpty();
        assertThat(rules.beginningAt("orders.new.big", false)).isEmpty();
    }

    @Test
    void aQueueIsFilledByTheTopicThatItsNameNames() {
        rules = RoutingRules.none(true);
        var route = rules.virtualRouteTo("Consumer.billing.eu.VirtualTopic.orders.new");
        assertThat(Objects.requireNonNull(route).from()).isEqualTo("VirtualTopic.orders.new");
        assertThat(rules.virtualRouteTo("Consumer.VirtualTopic.orders")).isNull();
        assertThat(rules.virtualRouteTo("Consumer.a.VirtualTopic.")).isNull();
        assertThat(rules.virtualRouteTo("Consumers.a.VirtualTopic.b")).isNull();
        assertThat(RoutingRules.none(false).virtualRouteTo("Consumer.a.VirtualTopic.b"))
                .isNull();
    }

    /** Whatever is taken in, no message can go around, nor further than it may. */
    @Test
    void neverTakesInWhatGoesAround() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            rules = RoutingRules.none(false);
            for (int step = 0; step < 40; step++) {
                var from = random.nextInt(4) == 0 ? random.nextInt(6) + ".*" : address(random);
                add(route("r" + random.nextInt(30), from, address(random)));
                if (random.nextInt(10) == 0 && !rules.forwards().isEmpty()) {
                    rules = rules.without(rules.forwards().get(0));
                }
            }
            for (int word = 0; word < 6; word++) {
                follow(word + ".0", new HashSet<>(), "seed " + seed);
                follow(word + ".1", new HashSet<>(), "seed " + seed);
            }
        }
    }

    private static String address(Random random) {
        return random.nextInt(6) + "." + random.nextInt(2);
    }

    private void follow(String address, Set<String> behind, String description) {
        assertThat(behind).as(description).doesNotContain(address).hasSizeLessThanOrEqualTo(RoutingRules.HOPS_MAX);
        behind.add(address);
        rules.beginningAt(address, false).forEach(each -> follow(each.to(), behind, description));
        behind.remove(address);
    }
}
