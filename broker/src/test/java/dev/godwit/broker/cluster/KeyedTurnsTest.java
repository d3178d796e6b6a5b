package dev.godwit.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyedTurnsTest {
    private final KeyedTurns<String> turns = new KeyedTurns<>();
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

    private void begin(String key, String name) {
        turns.take(key, done -> {
            begun.add(name);
            endings.add(done);
        });
    }
}
