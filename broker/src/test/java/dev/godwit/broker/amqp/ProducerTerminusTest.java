package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.amqp.type.Outcome.Rejected;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProducerTerminusTest {
    private final ManualEventLoop loop = new ManualEventLoop();
    private final ResumableLinks links =
            new ResumableLinks(new KeptRoom(3, 2), new KeptRoom(0, 0), new KeptRoom(10, 10));

    @Test
    void keepsForOneUserAsMuchAsItsShareAndTheLatestOfIt() {
        var first = terminus("ann", "first");
        accept(first, 1, 2, 3);
        assertThat(first.outcomeOf(tag(1))).isNull();
        assertThat(first.outcomeOf(tag(2))).isNotNull();
        assertThat(first.outcomeOf(tag(3))).isNotNull();

        var second = terminus("ann", "second");
        accept(second, 1);
        assertThat(second.outcomeOf(tag(1))).isNull();
        var other = terminus("bob", "first");
        accept(other, 1);
        assertThat(other.outcomeOf(tag(1))).isNotNull();
        var third = terminus("cid", "first");
        accept(third, 1);
        assertThat(third.outcomeOf(tag(1))).isNull();
    }

    @Test
    void hasRoomAgainForWhatIsForgotten() {
        var first = terminus("ann", "first");
        var second = terminus("ann", "second");
        accept(first, 1, 2);
        first.forget(tag(1));
        first.forget(tag(1));
        accept(second, 1);
        assertThat(second.outcomeOf(tag(1))).isNotNull();

        first.resume(new UnsettledMap(Map.of(), false));
        accept(second, 2);
        second.discard();
        accept(first, 1, 2);
        assertThat(first.outcomeOf(tag(1))).isNotNull();
        assertThat(first.outcomeOf(tag(2))).isNotNull();
    }

    @Test
    void takesNoRoomWhenItIsOver() {
        var first = terminus("ann", "first");
        accept(first, 1);
        loop.run(first::end);
        accept(first, 1, 2);
        var second = terminus("ann", "second");
        accept(second, 1, 2);
        assertThat(second.outcomeOf(tag(1))).isNotNull();
        assertThat(second.outcomeOf(tag(2))).isNotNull();
    }

    @Test
    void keepsOfARejectionWhatAProgramReads() {
        var terminus = terminus("ann", "first");
        terminus.onArrived(tag(1));
        terminus.onOutcome(tag(1), new Rejected(AmqpError.DECODE_ERROR.because("it is long: " + "x".repeat(1_000))));
        assertThat(terminus.outcomeOf(tag(1)))
                .isEqualTo(new Rejected(
                        new ErrorCondition(AmqpError.DECODE_ERROR.because("").condition(), null)));
    }

    private ProducerTerminus terminus(String user, String link) {
        var key = new ResumableLinks.Key(user, "container", link, false);
        return new ProducerTerminus(links, key, "orders", new TerminusExpiry(ExpiryPolicy.LINK_DETACH, 600), loop);
    }

    private static void accept(ProducerTerminus terminus, int... tags) {
        for (int tag : tags) {
            terminus.onArrived(tag(tag));
            terminus.onOutcome(tag(tag), Accepted.INSTANCE);
        }
    }

    private static Binary tag(int number) {
        return Binary.copyOf(new byte[] {(byte) number});
    }
}
