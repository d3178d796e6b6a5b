package dev.godwit.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyedTurnsTest {
    private final KeyedTurns<String> turns = new KeyedTurns<>(20_000);
    private final List<String> begun = new ArrayList<>();
    private final List<Runnable> endings = new ArrayList<>();

    @Test
    void oneKeysWorkWaitsForTheOneBefore() {
        begin("a", "first");
        begin("a", "second");
        begin("b", "other");
        assertThat(begun).containsExactly("first", "other");
        endings.get(0).run();
        assertThat(begun).containsExactly("first", "other", "second");
    }

    @Test
    void workThatEndsAtOnceHoldsNobodyUp() {
        for (int n = 0; n < 3; n++) {
            turns.take("a", done -> {
                begun.add("work");
                done.run();
            });
        }
        begin("a", "last");
        assertThat(begun).containsExactly("work", "work", "work", "last");
    }

    @Test
    void workThatWaitsMayBeMuch() {
        begin("a", "first");
        for (int n = 0; n < 20_000; n++) {
            assertThat(turns.offer("a", done -> {
                        begun.add("work");
                        done.run();
                    }))
                    .isTrue();
        }
        assertThat(turns.offer("a", Runnable::run)).isFalse();
        assertThat(turns.offer("b", Runnable::run)).isTrue();
        endings.get(0).run();
        assertThat(begun).hasSize(20_001);
        begin("a", "last");
        assertThat(begun).endsWith("work", "last");
    }

    @Test
    void workThatIsGivenByWorkComesAfterIt() {
        turns.take("a", done -> {
            begin("a", "second");
            begun.add("first");
            done.run();
        });
        begin("a", "third");
        assertThat(begun).containsExactly("first", "second");
        endings.get(0).run();
        assertThat(begun).containsExactly("first", "second", "third");
    }

    private void begin(String key, String name) {
        turns.take(key, done -> {
            begun.add(name);
            endings.add(done);
        });
    }
}
