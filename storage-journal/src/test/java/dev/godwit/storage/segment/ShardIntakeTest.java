package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShardIntakeTest {
    private final ShardTail tail = new ShardTail(1);
    private final ShardIntake intake = new ShardIntake(tail, new AppendQueue(Watch.with(1)));

    @Test
    void usesRequestsAgainWhenTheLastOfTheirMagazineIsDoneWith() {
        List<Append> first = magazine();
        first.subList(0, first.size() - 1).forEach(tail::giveBack);
        List<Append> second = magazine();
        assertThat(second).doesNotContainAnyElementsOf(first);

        tail.giveBack(first.get(first.size() - 1));
        assertThat(magazine()).containsExactlyElementsOf(first);

        second.forEach(tail::giveBack);
        assertThat(magazine()).containsExactlyElementsOf(second);
    }

    @Test
    void keepsNoRecordThatIsDoneWith() {
        Append append = intake.request().fill(1, 1, Records.message(10, 1), 100, false);
        tail.giveBack(append);
        assertThat(append.record()).isNull();
    }

    @Test
    void givesEachRequestToOneAppendHoweverManyAreUnderWay() {
        Set<Append> underWay = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 10_000; i++) {
            assertThat(underWay.add(intake.request())).isTrue();
        }
    }

    /** All up to the one that ends it. */
    private List<Append> magazine() {
        var magazine = new ArrayList<Append>();
        do {
            magazine.add(intake.request());
        } while (magazine.get(magazine.size() - 1).magazineEnded() == null);
        return magazine;
    }
}
