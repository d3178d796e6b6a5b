package dev.godwit.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What selectors of the same text share. */
class CompiledSelectorTest {
    @Test
    void oneTextIsCompiledOnce() throws InvalidFilterException {
        var first = CompiledSelector.of("a = 'once'", Dialect.JMS);
        assertThat(CompiledSelector.of("a = 'once'", Dialect.JMS)).isSameAs(first);
        assertThat(CompiledSelector.of("a = 'once'", Dialect.AMQP_SQL)).isNotSameAs(first);
        assertThat(CompiledSelector.of("a = 'twice'", Dialect.JMS)).isNotSameAs(first);
    }

    /** Loops look at messages at the same time, each with a selector of its own. */
    @Test
    void whatIsSharedKeepsNothingOfAMessage() throws Exception {
        var loops = Executors.newFixedThreadPool(4);
        try {
            var results = loops.invokeAll(IntStream.range(0, 4)
                    .mapToObj(i -> (Callable<Boolean>) () -> {
                        var selector = Selector.parse("a LIKE '%x_y%z' AND b IN (1, 2, 3)");
                        var wanted = SampleMessage.with("a", "q".repeat(i * 7) + "xqy" + "q".repeat(i) + "z")
                                .and("b", 1 + i % 3)
                                .message();
                        var unwanted =
                                SampleMessage.with("a", "xyqyq").and("b", 2).message();
                        boolean right = true;
                        for (int look = 0; look < 50_000; look++) {
                            right &= selector.matches(wanted) && !selector.matches(unwanted);
                        }
                        return right;
                    })
                    .toList());
            for (var result : results) {
                assertThat(result.get()).isTrue();
            }
        } finally {
            loops.shutdownNow();
        }
    }
}
