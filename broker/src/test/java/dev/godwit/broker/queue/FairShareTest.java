package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who sends many messages keeps nobody else waiting, where keys share. */
class FairShareTest {
    private static final long IN_MEMORY = 1 << 24;
    private static final AddressSettings ON = AddressSettings.NONE.with(AddressSetting.FAIR_SHARE_KEY, "tenant");

    private QueueBench bench = new QueueBench(IN_MEMORY, ON);
    private final Map<Integer, String> tenants = new HashMap<>();
    private int sent;

    private void open(long memoryBytes, AddressSettings settings) {
        bench = new QueueBench(memoryBytes, settings);
    }

    /** Messages in memory only need not be read again when they come back. */
    private boolean durable = true;

    private Message message(String tenant, int priority, MessageProperties properties) {
        int number = sent++;
        tenants.put(number, tenant);
        return new MessageReader()
                .read(
                        AmqpMessage.builder(new MessageBody.Value(number))
                                .header(new Header(durable, priority, QueueBench.NO_TTL, false, 0))
                                .properties(properties)
                                .applicationProperty("tenant", tenant)
                                .applicationProperty("even", number % 2 == 0)
                                .build()
                                .encode(),
                        bench.loop.nowMillis());
    }

    private void send(String tenant, int count) {
        send(tenant, count, 4);
    }

    private void send(String tenant, int count, int priority) {
        for (int i = 0; i < count; i++) {
            bench.send(message(tenant, priority, MessageProperties.NONE), EnqueueReply.NOBODY);
        }
        bench.loop.run(bench.log::commitAll);
        bench.settle();
    }

    private List<String> tenantsOf(List<Integer> numbers) {
        return numbers.stream().map(tenants::get).toList();
    }

    private QueueBench.Taker taker() {
        return bench.new Taker(Interest.ALL, 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, IN_MEMORY})
    void aQuietKeyIsNotKeptWaitingByANoisyOne(long memoryBytes) {
        open(memoryBytes, ON);
        send("noisy", 2_000);
        send("quiet", 10);
        var given = taker().take(24);
        assertThat(tenantsOf(given)).filteredOn("quiet"::equals).hasSize(10);
        assertInOrder(given);
    }

    /** The messages of each key are in the order of their sending. */
    private void assertInOrder(List<Integer> given) {
        var last = new HashMap<String, Integer>();
        for (int number : given) {
            var before = last.put(String.valueOf(tenants.get(number)), number);
            assertThat(before == null || before < number).as("%s", given).isTrue();
        }
    }

    @Test
    void allAreInOrderWhereNothingIsSet() {
        open(IN_MEMORY, AddressSettings.NONE);
        send("noisy", 20);
        send("quiet", 2);
        assertThat(tenantsOf(taker().take(20))).containsOnly("noisy");
    }

    @Test
    void keysTakeTurns() {
        send("a", 6);
        send("b", 4);
        send("c", 2);
        assertThat(tenantsOf(taker().take(12)))
                .containsExactly("a", "b", "c", "a", "b", "c", "a", "b", "a", "b", "a", "a");
    }

    @Test
    void aHigherPriorityOfANoisyKeyStillComesFirst() {
        send("quiet", 2, 4);
        send("noisy", 10, 9);
        send("other", 2, 9);
        assertThat(tenantsOf(taker().take(14)))
                .startsWith("noisy", "other", "noisy", "other", "noisy")
                .endsWith("quiet", "quiet");
    }

    @Test
    void nobodyStarvesWhereThereAreMoreKeysThanClasses() {
        int keys = 3 * FairShare.CLASSES;
        send("noisy", 500);
        for (int key = 0; key < keys; key++) {
            send("tenant " + key, 1);
        }
        // Those that share a class with the noisy one come after some of its messages.
        var given = taker().take(500);
        assertThat(tenantsOf(given).stream()
                        .filter(each -> !each.equals("noisy"))
                        .count())
                .isGreaterThan(keys - 20);
        var rest = taker().take(1_000);
        assertThat(given.size() + rest.size()).isEqualTo(500 + keys);
    }

    @Test
    void aClassIsFreeForAnotherKeyWhenNothingOfItsKeyWaits() {
        var taker = taker();
        for (int key = 0; key < 5 * FairShare.CLASSES; key++) {
            send("tenant " + key, 1);
            assertThat(taker.take(1)).hasSize(1);
        }
        send("noisy", 100);
        send("quiet", 1);
        assertThat(tenantsOf(taker.take(2))).containsExactlyInAnyOrder("noisy", "quiet");
    }

    @Test
    void whatComesBackStandsBeforeTheOthersOfItsKey() {
        durable = false;
        send("a", 4);
        send("b", 4);
        var taker = taker();
        assertThat(taker.take(4)).containsExactly(0, 4, 1, 5);
        taker.giveBack(2);
        bench.settle();
        var next = taker.take(5);
        assertThat(tenantsOf(next)).containsExactly("a", "b", "a", "b", "a");
        assertThat(next).containsExactly(1, 6, 2, 7, 3);
    }

    @Test
    void aKeyWhoseMessagesFailKeepsNobodyWaiting() {
        durable = false;
        send("broken", 5);
        send("quiet", 5);
        var taker = taker();
        for (int i = 0; i < 5; i++) {
            var given = taker.take(2);
            assertThat(tenantsOf(given)).containsExactlyInAnyOrder("broken", "quiet");
            int broken = tenantsOf(given).indexOf("broken");
            var failed = taker.entries.remove(taker.entries.size() - 2 + broken);
            bench.loop.run(() -> taker.door.giveBack(failed, true, false));
            bench.settle();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, IN_MEMORY})
    void holdsAfterARestart(long memoryBytes) {
        open(memoryBytes, ON);
        send("noisy", 3_000);
        send("quiet", 5);
        bench.restart(ON);
        bench.settle();
        var given = taker().take(12);
        assertThat(tenantsOf(given)).filteredOn("quiet"::equals).hasSize(5);
        assertInOrder(given);
    }

    @Test
    void isTurnedOnAndOffWhileMessagesWait() {
        open(0, AddressSettings.NONE);
        send("noisy", 300);
        send("quiet", 6);
        var taker = taker();
        assertThat(tenantsOf(taker.take(5))).containsOnly("noisy");
        bench.loop.run(() -> bench.queue.apply(ON));
        bench.settle();
        assertThat(tenantsOf(taker.take(4))).filteredOn("quiet"::equals).hasSize(2);
        bench.loop.run(() -> bench.queue.apply(AddressSettings.NONE));
        bench.settle();
        assertThat(tenantsOf(taker.take(20))).containsOnly("noisy");
        bench.loop.run(() -> bench.queue.apply(ON.with(AddressSetting.INDEXED_PROPERTIES, List.of("even"))));
        bench.settle();
        assertThat(tenantsOf(taker.take(8))).filteredOn("quiet"::equals).hasSize(4);
        assertThat(taker.take(1_000)).hasSize(300 + 6 - 5 - 4 - 20 - 8);
        taker.consumeAll();
        taker.leave();
        bench.settle();
        assertThat(bench.memory.bytes()).isZero();
    }

    @Test
    void holdsForSelectorsAndForWhoBrowsesOrSweepsNothingChanges() {
        send("noisy", 100);
        send("quiet", 4);
        var even = bench.new Taker(new Interest(QueueBench.selector("even"), false), 0);
        assertThat(tenantsOf(even.take(4))).containsExactly("noisy", "quiet", "noisy", "quiet");
        var browser = bench.new Taker(new Interest(null, true), 0);
        assertThat(tenantsOf(browser.take(20))).containsOnly("noisy");
        var aside = bench.new Taker(Interest.aside(QueueBench.selector("NOT even"), false), 0);
        assertThat(tenantsOf(aside.take(20))).containsOnly("noisy");
    }

    @Test
    void groupsKeepTheirOrder() {
        for (int i = 0; i < 20; i++) {
            bench.send(message("noisy", 4, QueueBench.group("g" + i % 2)), EnqueueReply.NOBODY);
        }
        bench.send(message("quiet", 4, QueueBench.group("h")), EnqueueReply.NOBODY);
        bench.settle();
        var first = bench.new Taker(Interest.ALL, 1);
        var second = bench.new Taker(Interest.ALL, 2);
        var all = new ArrayList<>(first.numbers);
        all.addAll(second.numbers);
        assertThat(tenantsOf(all)).contains("quiet");
        first.consumeAll();
        second.consumeAll();
        bench.settle();
        for (int round = 0; round < 30; round++) {
            all.addAll(first.take(1));
            first.consumeAll();
            all.addAll(second.take(1));
            second.consumeAll();
            bench.settle();
        }
        assertThat(all).hasSize(21);
        assertThat(all.stream().filter(number -> number < 20 && number % 2 == 0))
                .isSorted();
        assertThat(all.stream().filter(number -> number < 20 && number % 2 == 1))
                .isSorted();
    }

    @ParameterizedTest
    @ValueSource(strings = {"group-id", "user-id", "x-opt-tenant"})
    void aKeyMayBeAPropertyOfAmqpOrAnAnnotation(String key) {
        open(
                IN_MEMORY,
                AddressSettings.NONE
                        .with(AddressSetting.FAIR_SHARE_KEY, key)
                        .with(AddressSetting.MESSAGE_GROUPS, false));
        for (var who : List.of("noisy", "noisy", "noisy", "quiet")) {
            int number = sent++;
            tenants.put(number, who);
            var encoded = AmqpMessage.builder(new MessageBody.Value(number))
                    .header(new Header(true, 4, QueueBench.NO_TTL, false, 0))
                    .messageAnnotation(Symbol.of("x-opt-tenant"), who)
                    .properties(MessageProperties.builder()
                            .groupId(who)
                            .userId(Binary.viewOf(ByteBuffer.wrap(who.getBytes(StandardCharsets.UTF_8))))
                            .build())
                    .build()
                    .encode();
            bench.send(new MessageReader().read(encoded, bench.loop.nowMillis()), EnqueueReply.NOBODY);
        }
        bench.settle();
        assertThat(tenantsOf(taker().take(2))).containsExactly("noisy", "quiet");
    }

    @Test
    void messagesWithoutTheKeyShareOne() {
        open(IN_MEMORY, AddressSettings.NONE.with(AddressSetting.FAIR_SHARE_KEY, "nothing"));
        send("a", 3);
        send("b", 3);
        assertThat(taker().take(6)).containsExactly(0, 1, 2, 3, 4, 5);
    }
}
