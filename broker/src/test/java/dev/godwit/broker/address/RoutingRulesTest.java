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
import org.junit.jupiter.api.Timeout;

class RoutingRulesTest {
    private RoutingRules rules = new RoutingRules(false);

    private static Forward route(String name, String from, String to) {
        return new Forward(name, from, to, null, false);
    }

    private @Nullable String add(RoutingRule rule) {
        var objection = rules.objection(rule);
        if (objection == null) {
            rules.put(rule);
        }
        return objection;
    }

    @Test
    void refusesACircleAndNamesIt() {
        assertThat(add(route("one", "a", "b"))).isNull();
        assertThat(add(route("two", "b", "c"))).isNull();
        assertThat(add(route("three", "c", "a")))
                .startsWith("the route 'three' would lead in a circle: ")
                .contains("'c' → 'a' → 'b' → 'c'");
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
        rules = new RoutingRules(true);
        assertThat(add(route("back", "Consumer.a.VirtualTopic.orders", "VirtualTopic.orders")))
                .contains("would lead in a circle");
        rules = new RoutingRules(false);
        assertThat(add(route("back", "Consumer.a.VirtualTopic.orders", "VirtualTopic.orders")))
                .isNull();
    }

    @Test
    void refusesAWayThatIsTooLong() {
        for (int hop = 0; hop < RoutingRules.HOPS_MAX; hop++) {
            assertThat(add(route("hop " + hop, "a" + hop, "a" + (hop + 1)))).isNull();
        }
        assertThat(add(route("before", "first", "a0")))
                .contains("a way of more than 16 routes: 'first' → 'a0' → 'a1' → ")
                .endsWith("→ 'a15' → 'a16'");
        assertThat(add(route("behind", "a16", "last"))).contains("a way of more than 16 routes");
        assertThat(add(route("beside", "first", "a1"))).isNull();
    }

    @Test
    void whatIsTakenOutIsInNoWay() {
        add(route("there", "a", "b"));
        var back = route("back", "b", "a");
        assertThat(add(back)).contains("in a circle");
        rules.remove(route("there", "", ""));
        assertThat(add(back)).isNull();
        assertThat(rules.leadingTo("a")).containsExactly(back);
        // In place of the one of its name it is in no circle.
        assertThat(add(route("back", "a", "b"))).isNull();
        assertThat(rules.leadingTo("a")).isEmpty();
        assertThat(rules.beginningAt("b", false)).isEmpty();
    }

    /** Each is looked at with all others, and the control loop waits. */
    @Test
    @Timeout(60)
    void asManyAsThereMayBeAreTakenInBeforeLong() {
        for (int i = 0; i < 400; i++) {
            assertThat(add(route("pattern " + i, "p" + i + ".#", "hub"))).isNull();
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(add(route("on " + i, "hub", "end" + i))).isNull();
            assertThat(add(route("to " + i, "start" + i, "hub"))).isNull();
        }
        for (int i = 0; i < 5_500; i++) {
            assertThat(add(new Alias("alias" + i, "start" + i))).isNull();
        }
        for (int i = 0; i < 2_100; i++) {
            assertThat(add(route("chain " + i, "chain" + i % 15 + "." + i / 15, "chain" + (i % 15 + 1) + "." + i / 15)))
                    .isNull();
        }
        assertThat(add(route("one more", "x", "y"))).isEqualTo("there are 10000 aliases and routes: remove some");
        rules.remove(route("on 0", "", ""));
        assertThat(add(route("round", "end1", "start1"))).contains("in a circle: 'end1' → 'start1' → 'hub' → 'end1'");
        assertThat(add(route("longer", "chain15.3", "hub"))).contains("a way of more than 16 routes");
        assertThat(add(route("shorter", "chain14.3", "hub"))).isNull();
    }

    @Test
    void onlySoManyBeginAtPatterns() {
        for (int i = 0; i < 500; i++) {
            assertThat(add(route("r" + i, "a" + i + ".#", "b"))).isNull();
        }
        assertThat(add(route("one more", "a.#", "b"))).startsWith("there are 500 routes that begin at a pattern");
        assertThat(add(route("of one address", "a", "b"))).isNull();
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
        rules = new RoutingRules(true);
        var route = rules.virtualRouteTo("Consumer.billing.eu.VirtualTopic.orders.new");
        assertThat(Objects.requireNonNull(route).from()).isEqualTo("VirtualTopic.orders.new");
        assertThat(rules.virtualRouteTo("Consumer.VirtualTopic.orders")).isNull();
        assertThat(rules.virtualRouteTo("Consumer.a.VirtualTopic.")).isNull();
        assertThat(rules.virtualRouteTo("Consumers.a.VirtualTopic.b")).isNull();
        assertThat(new RoutingRules(false).virtualRouteTo("Consumer.a.VirtualTopic.b"))
                .isNull();
    }

    /** Whatever is taken in, no message can go around, nor further than it may. */
    @Test
    void neverTakesInWhatGoesAround() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        var random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            rules = new RoutingRules(false);
            for (int step = 0; step < 40; step++) {
                var from = random.nextInt(4) == 0 ? random.nextInt(6) + ".*" : address(random);
                add(route("r" + random.nextInt(30), from, address(random)));
                if (random.nextInt(10) == 0 && !rules.forwards().isEmpty()) {
                    rules.remove(rules.forwards().get(0));
                }
            }
            for (int word = 0; word < 6; word++) {
                follow(word + ".0", new HashSet<>(), "-Dgodwit.seed=" + seed);
                follow(word + ".1", new HashSet<>(), "-Dgodwit.seed=" + seed);
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
