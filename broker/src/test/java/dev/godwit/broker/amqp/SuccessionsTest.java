package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.OpenProperty;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who takes whose place, and when that is free. */
class SuccessionsTest {
    private static final UUID ID = UUID.randomUUID();

    private final Successions successions = new Successions();
    private final ManualEventLoop one = new ManualEventLoop();
    private final ManualEventLoop other = new ManualEventLoop();
    private final ManualEventLoop queue = new ManualEventLoop();
    private final List<String> log = new ArrayList<>();

    /** A connection that says so when it is let in, and ends at once when it is told to. */
    private final class Visit {
        private final String name;
        private final ManualEventLoop loop;
        private Successions.@Nullable Place place;

        Visit(String name, ManualEventLoop loop, String user, Map<Symbol, Object> properties) {
            this.name = name;
            this.loop = loop;
            var plain = OpenParameters.of("client", null);
            var open = new OpenParameters(
                    plain.containerId(),
                    null,
                    plain.maxFrameSize(),
                    plain.channelMax(),
                    0,
                    List.of(),
                    List.of(),
                    properties);
            loop.execute(() -> {
                place = successions.enter(user, open, loop, this::end);
                if (place == null) {
                    log.add(name + " refused");
                } else {
                    place.occupy(() -> log.add(name + " in"));
                }
            });
        }

        private void end() {
            log.add(name + " ended");
            new BatchDoor<String>(loop, queue, log::add).pass(name + " gave back");
        }

        void leave() {
            loop.run(() -> {
                end();
                if (place != null) {
                    place.leave();
                }
            });
        }
    }

    private static Map<Symbol, Object> of(UUID id, Object number) {
        return Map.of(OpenProperty.SUCCESSION, id, OpenProperty.SUCCESSION_NUMBER, number);
    }

    private Visit visit(String name, ManualEventLoop loop, long number) {
        return new Visit(name, loop, "ann", of(ID, number));
    }

    private void turn() {
        while (one.tasksWaiting() + other.tasksWaiting() + queue.tasksWaiting() > 0) {
            one.runTasks();
            other.runTasks();
            queue.runTasks();
        }
    }

    @Test
    void whatTheOldOneGivesBackIsOnItsWayBeforeTheNewOneIsLetIn() {
        visit("1", one, 1);
        one.runTasks();
        visit("2", other, 2);
        other.runTasks();
        assertThat(log).containsExactly("1 in");
        one.runTasks();
        assertThat(log).containsExactly("1 in", "1 ended");
        // Whoever is let in now, and passes something to that loop, is behind.
        assertThat(queue.tasksWaiting()).isEqualTo(1);
        other.run(() -> new BatchDoor<String>(other, queue, log::add).pass("2 attached"));
        queue.runTasks();
        assertThat(log).containsExactly("1 in", "1 ended", "2 in", "1 gave back", "2 attached");
    }

    @Test
    void endsTheOldOneOnTheSameLoopToo() {
        visit("1", one, 1);
        visit("2", one, 2);
        turn();
        assertThat(log).containsExactly("1 in", "1 ended", "2 in", "1 gave back");
        assertThat(successions.size()).isEqualTo(1);
    }

    @Test
    void waitsAlsoForWhomTheOldOneWasWaitingFor() {
        visit("1", one, 1);
        one.runTasks();
        visit("2", other, 2);
        other.runTasks();
        visit("3", other, 3);
        other.runTasks();
        assertThat(log).containsExactly("1 in", "2 ended");
        turn();
        assertThat(log).containsExactly("1 in", "2 ended", "1 ended", "3 in", "2 gave back", "1 gave back");
        assertThat(successions.size()).isEqualTo(1);
    }

    @Test
    void waitsForOneThatHasLeftAndNotYetGivenBackAll() {
        var first = visit("1", one, 1);
        one.runTasks();
        one.execute(() -> {
            first.end();
            if (first.place != null) {
                first.place.leave();
            }
            visit("2", other, 2);
            other.runTasks();
            assertThat(log).containsExactly("1 in", "1 ended");
        });
        turn();
        assertThat(log).containsExactly("1 in", "1 ended", "2 in", "1 gave back");
    }

    @Test
    void letsNobodyInThatIsNotLater() {
        var second = visit("2", one, 2);
        turn();
        visit("1", other, 1);
        visit("2 again", other, 2);
        turn();
        assertThat(log).containsExactly("2 in", "1 refused", "2 again refused");
        second.leave();
        turn();
        assertThat(successions.size()).isZero();
    }

    @Test
    void nobodyElseTakesThePlace() {
        visit("1", one, 1);
        new Visit("other user", one, "bob", of(ID, 2));
        new Visit("other id", other, "ann", of(UUID.randomUUID(), 2));
        new Visit("no id", other, "ann", Map.of());
        new Visit("no number", other, "ann", Map.of(OpenProperty.SUCCESSION, ID));
        new Visit("no long", other, "ann", of(ID, "2"));
        turn();
        assertThat(log)
                .containsExactlyInAnyOrder(
                        "1 in", "other user in", "other id in", "no id in", "no number in", "no long in");
    }

    @Test
    void whoIsGoneBeforeItsTurnIsNotLetIn() {
        visit("1", one, 1);
        one.runTasks();
        var second = visit("2", other, 2);
        other.runTasks();
        second.leave();
        turn();
        assertThat(log).doesNotContain("2 in").contains("1 ended");
        assertThat(successions.size()).isZero();
        visit("3", other, 3);
        turn();
        assertThat(log).endsWith("3 in");
    }
}
