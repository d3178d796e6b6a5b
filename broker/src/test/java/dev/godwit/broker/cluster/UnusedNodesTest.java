package dev.godwit.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.CatalogProjection;
import dev.godwit.broker.catalog.CatalogReplay;
import dev.godwit.broker.catalog.MetadataLog;
import dev.godwit.broker.catalog.MetadataReply;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.NodeUse;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UnusedNodesTest {
    private static final long AFTER_MILLIS = 10_000;
    private static final AddressPolicy PERISHABLE =
            new AddressPolicy("*", AddressSettings.NONE.with(AddressSetting.AUTO_DELETE_AFTER, AFTER_MILLIS));

    private final ManualEventLoop control = new ManualEventLoop();
    private final Log log = new Log();
    private final AddressPolicies policies = new AddressPolicies(AddressSettings.NONE, List.of());
    private final Catalog catalog =
            new Catalog(control, control, log, 1, released -> {}, new NoProjection(), new CatalogReplay());
    private final Addresses addresses = new Addresses();
    private final UnusedNodes unused = new UnusedNodes(control, control, catalog, policies, addresses);

    private NodeUse make(String name) {
        return make(name, Map.of(QueueDefinition.ON_DEMAND, "true"));
    }

    private NodeUse make(String name, Map<String, String> settings) {
        control.run(() -> catalog.define(name, 1, "ann", settings, new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition definition) {
                addresses.uses.put(name, new NodeUse());
                unused.look(name);
            }

            @Override
            public void onFailed(String reason) {
                throw new AssertionError(reason);
            }
        }));
        control.run(log::commitAll);
        return Objects.requireNonNull(addresses.uses.get(name));
    }

    private void apply(AddressPolicy... all) {
        control.run(() -> {
            policies.store(List.of(all));
            unused.onSettingsChanged();
        });
    }

    private boolean isThere(String name) {
        var found = new ArrayList<Boolean>();
        control.run(() -> found.add(catalog.find(name) != null));
        return found.get(0);
    }

    private void advance(long millis) {
        control.advance(millis);
        control.run(log::commitAll);
    }

    @Test
    void removesWhatWasNotUsedForSoLong() {
        apply(PERISHABLE);
        make("orders");
        advance(AFTER_MILLIS - 1);
        assertThat(addresses.asked).isEmpty();
        advance(1);
        assertThat(addresses.asked).containsExactly("orders");
        assertThat(isThere("orders")).isFalse();
        assertThat(unused.removed()).isEqualTo(1);
        advance(10 * AFTER_MILLIS);
        assertThat(addresses.asked).hasSize(1);
    }

    @Test
    void leavesWhatSomebodyDeclaredAndWhatMayStay() {
        make("declared", Map.of());
        make("stays");
        make("itself", Map.of(QueueDefinition.ON_DEMAND, "true", "auto-delete-after", "0"));
        apply(PERISHABLE, new AddressPolicy("stays", AddressSettings.NONE.with(AddressSetting.AUTO_DELETE_AFTER, 0L)));
        advance(10 * AFTER_MILLIS);
        assertThat(addresses.asked).isEmpty();
    }

    @Test
    void countsFromWhenTheLastLinkLeft() {
        apply(PERISHABLE);
        var use = make("orders");
        use.begin();
        advance(3 * AFTER_MILLIS);
        use.end();
        advance(AFTER_MILLIS - 1);
        assertThat(addresses.asked).isEmpty();
        advance(AFTER_MILLIS + 1);
        assertThat(isThere("orders")).isFalse();
    }

    @Test
    void linkThatCameAndWentIsUseToo() {
        apply(PERISHABLE);
        var use = make("orders");
        advance(AFTER_MILLIS - 1);
        use.begin();
        use.end();
        advance(AFTER_MILLIS);
        assertThat(addresses.asked).isEmpty();
        advance(1);
        assertThat(addresses.asked).containsExactly("orders");
    }

    @Test
    void leavesWhatIsNeededOrNotEmpty() {
        apply(PERISHABLE);
        var use = make("orders");
        addresses.needed.add("orders");
        advance(AFTER_MILLIS);
        assertThat(addresses.asked).isEmpty();
        addresses.needed.clear();
        addresses.notEmpty.add("orders");
        advance(AFTER_MILLIS);
        assertThat(addresses.asked).containsExactly("orders");
        assertThat(isThere("orders")).isTrue();
        assertThat(use.begin()).isTrue();
        use.end();
        addresses.notEmpty.clear();
        advance(2 * AFTER_MILLIS);
        assertThat(isThere("orders")).isFalse();
    }

    @Test
    void nobodyFindsItWhileItGoes() {
        apply(PERISHABLE);
        var use = make("orders");
        addresses.answers = false;
        advance(AFTER_MILLIS);
        assertThat(use.begin()).isFalse();
        var later = new ArrayList<String>();
        control.run(() -> {
            assertThat(unused.holdsUp("orders", () -> later.add("orders"))).isTrue();
            assertThat(unused.holdsUp("others", () -> later.add("others"))).isFalse();
        });
        control.run(() -> addresses.told.forEach(each -> each.accept(true)));
        assertThat(later).isEmpty();
        control.run(log::commitAll);
        assertThat(later).containsExactly("orders");
        control.run(() -> assertThat(unused.holdsUp("orders", () -> {})).isFalse());
    }

    @Test
    void whoWaitedFindsItWhenItStays() {
        apply(PERISHABLE);
        var use = make("orders");
        addresses.answers = false;
        advance(AFTER_MILLIS);
        var later = new ArrayList<Boolean>();
        control.run(() -> unused.holdsUp("orders", () -> later.add(use.begin())));
        control.run(() -> addresses.told.forEach(each -> each.accept(false)));
        assertThat(later).containsExactly(true);
    }

    @Test
    void bringsBackWhatCouldNotBeWrittenOff() {
        apply(PERISHABLE);
        make("orders");
        control.advance(AFTER_MILLIS);
        assertThat(addresses.uses).doesNotContainKey("orders");
        control.run(log::failAll);
        assertThat(addresses.uses).containsKey("orders");
        assertThat(isThere("orders")).isTrue();
        assertThat(unused.removed()).isZero();
    }

    @Test
    void whatIsDeclaredLaterStays() {
        apply(PERISHABLE);
        make("orders");
        control.run(() -> unused.keep("orders"));
        control.run(log::commitAll);
        advance(10 * AFTER_MILLIS);
        assertThat(addresses.asked).isEmpty();
        control.run(() -> assertThat(catalog.find("orders"))
                .extracting(QueueDefinition::wasMadeOnDemand)
                .isEqualTo(false));
    }

    @Test
    void aChangeHoldsForWhatIsThere() {
        for (int i = 0; i < 1_000; i++) {
            make("queue-" + i);
        }
        advance(10 * AFTER_MILLIS);
        apply(PERISHABLE);
        advance(AFTER_MILLIS - 1);
        assertThat(addresses.asked).isEmpty();
        advance(200);
        assertThat(addresses.asked).hasSize(1_000);
        make("last");
        apply();
        advance(10 * AFTER_MILLIS);
        assertThat(isThere("last")).isTrue();
    }

    private static final class Addresses implements UnusedNodes.Nodes {
        final Map<String, NodeUse> uses = new HashMap<>();
        final Set<String> needed = new HashSet<>();
        final Set<String> notEmpty = new HashSet<>();
        final List<String> asked = new ArrayList<>();
        final List<Consumer<Boolean>> told = new ArrayList<>();
        boolean answers = true;

        @Override
        public @Nullable NodeUse useOf(String name) {
            return uses.get(name);
        }

        @Override
        public boolean isNeeded(String name) {
            return needed.contains(name);
        }

        @Override
        public void end(QueueDefinition definition, Consumer<Boolean> whenKnown) {
            var name = definition.name();
            asked.add(name);
            if (!answers) {
                told.add(whenKnown);
                return;
            }
            boolean empty = !notEmpty.contains(name);
            if (empty) {
                uses.remove(name);
            }
            whenKnown.accept(empty);
        }

        @Override
        public void bringBack(QueueDefinition definition) {
            uses.put(definition.name(), new NodeUse());
        }
    }

    /** A metadata log that commits or fails when it is told to. */
    private static final class Log implements MetadataLog {
        private final List<MetadataReply> waiting = new ArrayList<>();
        private long last;

        @Override
        public void store(String kind, String key, ByteBuffer body, MetadataReply reply) {
            waiting.add(reply);
        }

        @Override
        public void remove(String kind, String key, MetadataReply reply) {
            waiting.add(reply);
        }

        void commitAll() {
            while (!waiting.isEmpty()) {
                waiting.remove(0).onCommitted(++last);
            }
        }

        void failAll() {
            while (!waiting.isEmpty()) {
                waiting.remove(0).onFailed("the disk is full");
            }
        }
    }

    private static final class NoProjection implements CatalogProjection {
        @Override
        public long appliedIndex() {
            return 0;
        }

        @Override
        public int count() {
            return 0;
        }

        @Override
        public void rebuild(Collection<QueueDefinition> definitions, long index) {}

        @Override
        public void onStored(QueueDefinition definition, long index) {}

        @Override
        public void onRemoved(String queueName, long index) {}

        @Override
        public void close() {}
    }
}
