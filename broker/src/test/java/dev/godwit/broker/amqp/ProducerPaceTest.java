package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.broker.intake.Rate;
import dev.godwit.broker.intake.RateTerms;
import dev.godwit.broker.intake.Rates;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageDoor;
import dev.godwit.broker.queue.LargeMessageReply;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.RecordedReply;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Producers that may send only so fast, on a clock that is turned by hand. */
class ProducerPaceTest {
    private static final long MESSAGE_BYTES_MAX = 1 << 20;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final AddressPolicies policies = new AddressPolicies(AddressSettings.NONE, List.of());
    private final Rates rates = new Rates(policies, loop);

    private void policy(String pattern, AddressSettings settings) {
        policies.store(List.of(new AddressPolicy(pattern, settings)));
    }

    private static AddressSettings perSecond(long messages) {
        return AddressSettings.NONE.with(AddressSetting.MAX_RATE_MESSAGES, messages);
    }

    /** A producer that sends whatever it has as soon as it may, as its link does with credit. */
    private final class Producer {
        final ProducerPace pace;
        final int bytes;
        private final CreditWindow window = new CreditWindow(1_000, 8 << 20);
        private long backlog;
        private int credit;
        private boolean gone;
        long sent;

        Producer(@Nullable String address, int bytes) {
            this(address, bytes, List.of());
        }

        Producer(@Nullable String address, int bytes, List<Rate> ofSender) {
            this.bytes = bytes;
            pace = new ProducerPace(loop, loop, rates, address, ofSender, MESSAGE_BYTES_MAX);
            loop.run(this::payCredit);
        }

        void has(long messages) {
            backlog += messages;
            loop.run(this::send);
        }

        private void payCredit() {
            if (!gone && pace.mayGoOn(window, this::payCredit)) {
                credit += window.takeOwed();
                loop.execute(this::send);
            }
        }

        private void send() {
            while (credit > 0 && backlog > 0) {
                credit--;
                backlog--;
                sent++;
                window.onArrived(bytes);
                pace.onArrived(bytes);
                window.onSettled();
                if (window.isPaymentDue()) {
                    payCredit();
                }
            }
        }

        void leave() {
            gone = true;
            pace.leave();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 10", "10, 1", "500, 1", "500, 7", "20000, 3", "10, 50"})
    void producersTogetherKeepToTheRate(long perSecond, int producers) {
        policy("slow", perSecond(perSecond));
        var all = IntStream.range(0, producers)
                .mapToObj(each -> new Producer("slow", 100))
                .toList();
        all.forEach(each -> each.has(1_000_000));
        loop.advance(2_000);
        long before = sum(all);
        assertThat(before)
                .as("a burst, what came meanwhile, and what each may have under way")
                .isBetween(perSecond * 2, perSecond * 3 + producers + perSecond / 10 + 1);
        loop.advance(20_000);
        assertThat(sum(all)).isBetween(perSecond * 22, perSecond * 23 + producers + perSecond / 10 + 1);
        long least = all.stream().mapToLong(each -> each.sent).min().orElseThrow();
        long most = all.stream().mapToLong(each -> each.sent).max().orElseThrow();
        assertThat(most - least).as("the first had the burst").isLessThanOrEqualTo(perSecond + perSecond / 5 + 2);
    }

    private static long sum(List<Producer> producers) {
        return producers.stream().mapToLong(each -> each.sent).sum();
    }

    @Test
    void oneWithMuchDoesNotStarveOthers() {
        policy("slow", perSecond(100).with(AddressSetting.RATE_BURST, 100L));
        var greedy = new Producer("slow", 100);
        var modest = new Producer("slow", 100);
        var late = new Producer("slow", 100);
        greedy.has(1_000_000);
        loop.advance(5_000);
        long before = greedy.sent;
        for (int second = 0; second < 20; second++) {
            modest.has(10);
            late.has(second == 10 ? 100_000 : 0);
            loop.advance(1_000);
            assertThat(modest.sent).as("after second %d", second).isGreaterThanOrEqualTo(second * 10L);
        }
        assertThat(modest.sent).isBetween(195L, 200L);
        assertThat(late.sent).as("half of what is left, for ten seconds").isBetween(400L, 520L);
        assertThat(greedy.sent - before + modest.sent + late.sent).isBetween(1_950L, 2_060L);
    }

    @Test
    void idleOnesTakeNothingAway() {
        policy("slow", perSecond(100));
        IntStream.range(0, 500).forEach(each -> new Producer("slow", 100));
        var busy = new Producer("slow", 100);
        busy.has(1_000_000);
        loop.advance(2_000);
        long before = busy.sent;
        loop.advance(10_000);
        assertThat(busy.sent - before).isBetween(980L, 1_020L);
    }

    @Test
    void otherAddressesAreNotAffected() {
        policy("slow", perSecond(1));
        var slow = new Producer("slow", 100);
        slow.has(100);
        var fast = new Producer("fast", 100);
        fast.has(1_000_000);
        assertThat(fast.sent).isEqualTo(1_000_000);
        assertThat(slow.sent).isBetween(1L, 2L);
        assertThat(slow.pace.isHeldBack()).isTrue();
        assertThat(fast.pace.isHeldBack()).isFalse();
    }

    @Test
    void bytesCountToo() {
        policy("slow", AddressSettings.NONE.with(AddressSetting.MAX_RATE_BYTES, 1_000_000L));
        var small = new Producer("slow", 1_000);
        var large = new Producer("slow", 50_000);
        small.has(1_000_000);
        large.has(1_000_000);
        loop.advance(3_000);
        long before = small.sent * 1_000 + large.sent * 50_000;
        loop.advance(20_000);
        assertThat(small.sent * 1_000 + large.sent * 50_000 - before).isBetween(19_400_000L, 20_600_000L);
        assertThat(small.sent).isPositive();
        assertThat(large.sent).isPositive();
    }

    /** Else whoever opens a link for each message could send as fast as he can. */
    @Test
    void whoLeavesAndComesAgainOwesWhatHeOwed() {
        policy("slow", perSecond(10));
        long sent = 0;
        for (int i = 0; i < 2_000; i++) {
            var once = new Producer("slow", 100);
            once.has(1);
            loop.advance(10);
            sent += once.sent;
            once.leave();
        }
        assertThat(sent).as("in 20 seconds").isBetween(200L, 215L);
        assertThat(loop.timersWaiting()).isZero();
    }

    @Test
    void changesHoldForThoseWhoAreThere() {
        var producer = new Producer("slow", 100);
        producer.has(10_000);
        assertThat(producer.sent).isEqualTo(10_000);
        policy("slow", perSecond(1).with(AddressSetting.RATE_BURST, 1L));
        producer.has(100_000);
        long sent = producer.sent;
        assertThat(sent).as("what it had credit for").isLessThanOrEqualTo(11_000);
        loop.advance(2_000);
        assertThat(producer.sent).isEqualTo(sent);
        policy("slow", AddressSettings.NONE);
        loop.advance(1_000);
        assertThat(producer.sent).isEqualTo(110_000);
    }

    @Test
    void aUserIsLimitedWhereverItSends() {
        var ofUser = new Rate(new RateTerms(100, 0, 1_000), loop.nanoTime());
        var both = List.of(new Producer("a", 100, List.of(ofUser)), new Producer("b", 100, List.of(ofUser)));
        var other = new Producer("a", 100);
        both.forEach(each -> each.has(1_000_000));
        other.has(1_000_000);
        assertThat(other.sent).isEqualTo(1_000_000);
        loop.advance(2_000);
        long before = sum(both);
        loop.advance(10_000);
        assertThat(sum(both) - before).isBetween(970L, 1_030L);
        assertThat(both.get(0).sent).isBetween(both.get(1).sent, both.get(1).sent + 120);
    }

    @Test
    void saysHowLongAMessageMayBe() {
        policy("short", AddressSettings.NONE.with(AddressSetting.MAX_MESSAGE_SIZE, 1_000L));
        assertThat(new Producer("short", 1).pace.messageBytesMax()).isEqualTo(1_000);
        var other = new Producer("other", 1);
        assertThat(other.pace.messageBytesMax()).isEqualTo(MESSAGE_BYTES_MAX);
        assertThat(other.pace.objectionTo(MESSAGE_BYTES_MAX)).isNull();
        policy("other", AddressSettings.NONE.with(AddressSetting.MAX_MESSAGE_SIZE, 500L));
        other.has(2_000);
        assertThat(other.pace.objectionTo(500)).isNull();
        var why = Objects.requireNonNull(other.pace.objectionTo(501));
        assertThat(AmqpError.MESSAGE_SIZE_EXCEEDED.is(why)).isTrue();
        assertThat(why.description()).isEqualTo("a message to 'other' is longer than 500 bytes");
    }

    private static Message message(int bytes) {
        var encoded = AmqpMessage.builder(MessageBody.Data.of(new byte[bytes]))
                .build()
                .encode();
        return new MessageReader().read(encoded, 0);
    }

    /** What the way to an address was given. */
    private static final class Node implements ProducerDoor, LargeMessageDoor {
        final List<Integer> heard = new ArrayList<>();
        boolean givenUp;
        boolean ended;

        @Override
        public void enqueue(Message message, EnqueueReply reply) {
            heard.add(message.sizeBytes());
            reply.onSafe();
        }

        @Override
        public LargeMessageDoor openLarge(Message head, LargeMessageReply reply) {
            return this;
        }

        @Override
        public void addPart(ByteBuffer part) {
            heard.add(part.remaining());
        }

        @Override
        public void end() {
            ended = true;
        }

        @Override
        public void giveUp() {
            givenUp = true;
        }
    }

    @Test
    void whatAMessageNamesItselfIsChargedThere() {
        policy("slow", perSecond(10).with(AddressSetting.RATE_BURST, 1L));
        var anonymous = new Producer(null, 100);
        var node = new Node();
        var door = new LimitedDoor("slow", node, rates, anonymous.pace);
        var elsewhere = new LimitedDoor("fast", node, rates, anonymous.pace);
        for (int i = 0; i < 100; i++) {
            elsewhere.enqueue(message(10), EnqueueReply.NOBODY);
        }
        assertThat(anonymous.pace.mayGoOn(anonymous.window, () -> {})).isTrue();
        for (int i = 0; i < 20; i++) {
            door.enqueue(message(10), EnqueueReply.NOBODY);
        }
        var later = new ArrayList<Long>();
        long begin = loop.nowMillis();
        assertThat(anonymous.pace.mayGoOn(anonymous.window, () -> later.add(loop.nowMillis())))
                .isFalse();
        loop.advance(10_000);
        assertThat(later).hasSize(1);
        while (!anonymous.pace.mayGoOn(anonymous.window, () -> later.add(loop.nowMillis()))) {
            loop.advance(10);
        }
        assertThat(loop.nowMillis() - begin).isGreaterThanOrEqualTo(10_000);
        assertThat(node.heard).hasSize(120);
    }

    @Test
    void whatIsTooLongForTheAddressThatItNamesIsRejected() {
        policy("short", AddressSettings.NONE.with(AddressSetting.MAX_MESSAGE_SIZE, 1_000L));
        var node = new Node();
        var door = new LimitedDoor("short", node, rates, new Producer(null, 1).pace);
        var reply = new RecordedReply();
        door.enqueue(message(900), reply);
        door.enqueue(message(1_001), reply);
        assertThat(reply.endings).containsExactly("safe", "rejected amqp:link:message-size-exceeded");

        var large = new RecordedReply();
        var parts = door.openLarge(message(10), large);
        parts.addPart(ByteBuffer.allocate(600));
        assertThat(node.givenUp).isFalse();
        parts.addPart(ByteBuffer.allocate(600));
        parts.addPart(ByteBuffer.allocate(600));
        parts.end();
        assertThat(node.givenUp).isTrue();
        assertThat(node.ended).isFalse();
        assertThat(large.taken).as("the rest of it waits for nobody").isEqualTo(1_200);
        assertThat(large.endings).containsExactly("rejected amqp:link:message-size-exceeded");
    }
}
