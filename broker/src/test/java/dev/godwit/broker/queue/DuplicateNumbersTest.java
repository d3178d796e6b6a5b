package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.UnsignedLong;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that come again, known by the numbers that their producers give them. */
class DuplicateNumbersTest extends DuplicateSends {
    @Test
    void knowsNumbersOfProducers() {
        assertThat(store(numbered("p", 1L))).isEqualTo("safe");
        assertThat(store(numbered("p", 2L))).isEqualTo("safe");
        assertThat(store(numbered("p", new UnsignedLong(1)))).isEqualTo("safe");
        assertThat(store(numbered("q", 1L))).isEqualTo("safe");
        assertThat(enqueued()).isEqualTo(3);
        consumeAll();
        restart(ON);
        assertThat(store(numbered("p", 2L))).isEqualTo("safe");
        assertThat(store(numbered("q", 1L))).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isZero();
        assertThat(store(numbered("p", 3L))).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        restart(ON);
        assertThat(store(numbered("p", 3L))).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(bench.queue.duplicates().size()).isEqualTo(2);
    }

    @Test
    void waitsForTheFirstOfANumber() {
        var first = send(numbered("p", 1L));
        var second = send(numbered("p", 1L));
        var other = send(numbered("p", 2L));
        assertThat(second.heard).isEmpty();
        bench.settle();
        assertThat(List.of(first.heard, second.heard, other.heard)).containsOnly("safe");
        assertThat(enqueued()).isEqualTo(2);
    }

    @Test
    void keepsOneNoteForAProducerHoweverMuchItSends() {
        for (long number = 0; number < 500; number++) {
            store(numbered("p", number));
            consumeAll();
        }
        assertThat(bench.log.notes()).hasSizeLessThan(3);
    }

    @Test
    void tellsTheLargestNumbersApartAndRefusesLargerOnes() {
        store(numbered("p", Long.MAX_VALUE - 1));
        store(numbered("p", Long.MAX_VALUE));
        assertThat(enqueued()).isEqualTo(2);
        assertThat(store(numbered("p", new UnsignedLong(Long.MAX_VALUE)))).isEqualTo("safe");
        assertThat(store(numbered("p", new UnsignedLong(Long.MIN_VALUE)))).isEqualTo("amqp:invalid-field");
        assertThat(store(numbered("p", new UnsignedLong(-1)))).isEqualTo("amqp:invalid-field");
        assertThat(enqueued()).isEqualTo(2);
    }

    @Test
    void refusesHalfANumber() {
        assertThat(store(numbered("p", null))).isEqualTo("amqp:invalid-field");
        assertThat(store(numbered(null, 1L))).isEqualTo("amqp:invalid-field");
        assertThat(store(numbered("p", -1L))).isEqualTo("amqp:invalid-field");
        assertThat(store(numbered("p", "one"))).isEqualTo("amqp:invalid-field");
    }
}
