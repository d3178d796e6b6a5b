package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class NodeUseTest {
    private final NodeUse use = new NodeUse();

    @Test
    void isClosedOnlyWhenNobodyUsesIt() {
        assertThat(use.isFree()).isTrue();
        assertThat(use.begin()).isTrue();
        assertThat(use.begin()).isTrue();
        use.end();
        assertThat(use.isFree()).isFalse();
        assertThat(use.close()).isFalse();
        use.end();
        assertThat(use.isFree()).isTrue();
        assertThat(use.close()).isTrue();
        assertThat(use.close()).isFalse();
        assertThat(use.isClosed()).isTrue();
        assertThat(use.isFree()).isFalse();
        assertThat(use.begin()).isFalse();
        use.reopen();
        assertThat(use.isClosed()).isFalse();
        assertThat(use.isFree()).isTrue();
        assertThat(use.begin()).isTrue();
    }

    @Test
    void tellsThatSomebodyCameAndWent() {
        int before = use.changes();
        use.begin();
        int during = use.changes();
        use.end();
        assertThat(during).isNotEqualTo(before);
        assertThat(use.changes()).isNotEqualTo(before).isNotEqualTo(during);
    }

    @Test
    void nobodyComesToWhatWasClosedAtTheSameTime() throws Exception {
        var threads = Executors.newFixedThreadPool(3);
        try {
            for (int round = 0; round < 2_000; round++) {
                var node = new NodeUse();
                var start = new CyclicBarrier(3);
                var begun = new ArrayList<Callable<Boolean>>();
                for (int i = 0; i < 2; i++) {
                    begun.add(() -> {
                        start.await();
                        return node.begin();
                    });
                }
                var first = threads.submit(begun.get(0));
                var second = threads.submit(begun.get(1));
                start.await();
                boolean closed = node.close();
                boolean firstCame = first.get();
                boolean secondCame = second.get();
                assertThat(firstCame || secondCame).isNotEqualTo(closed);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
