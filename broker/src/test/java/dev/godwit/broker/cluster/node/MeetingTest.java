package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.godwit.broker.cluster.Hints;
import dev.godwit.broker.cluster.Membership;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a node looks who is here, on a clock turned by hand. */
class MeetingTest {
    private static final NodeProfile N1 = new NodeProfile(
            "n1",
            new UUID(1, 1),
            null,
            new NodeAddress("127.0.0.1", 7000),
            new NodeAddress("127.0.0.1", 7001),
            List.of(),
            "",
            Set.of());

    private final ManualEventLoop control = new ManualEventLoop();
    private final AtOnce thread = new AtOnce();
    private final Meeting meeting = new Meeting(control, thread, this::meet);
    private int looked;
    private int failures;
    private int closed;
    private Runnable meanwhile = () -> {};

    /** Does what it is given at once, until it is shut down. */
    private static final class AtOnce extends AbstractExecutorService {
        private boolean down;

        @Override
        public void execute(Runnable task) {
            if (down) {
                throw new RejectedExecutionException();
            }
            task.run();
        }

        @Override
        public void shutdown() {
            down = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            down = true;
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return down;
        }

        @Override
        public boolean isTerminated() {
            return down;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return down;
        }
    }

    private Membership meet() {
        looked++;
        meanwhile.run();
        if (failures > 0) {
            failures--;
            throw new IllegalStateException("the port is in use");
        }
        return new Membership() {
            @Override
            public List<NodeProfile> nodes() {
                return List.of(N1);
            }

            @Override
            public Hints hints() {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() {
                closed++;
            }
        };
    }

    @Test
    void looksAtOnceWhereNobodyIsKnown() {
        assertThat(meeting.nodes()).isEmpty();
        meeting.now();
        assertThat(meeting.nodes()).containsExactly(N1);
        meeting.onServed();
        control.advance(60_000);
        assertThat(looked).isOne();
    }

    @Test
    void saysAtOnceThatItCannotLook() {
        failures = 1;
        assertThatIllegalStateException().isThrownBy(meeting::now);
    }

    @Test
    void looksABreathAfterClientsAreServed() {
        meeting.onServed();
        meeting.later();
        control.advance(1_000);
        meeting.onServed();
        control.advance(Meeting.BREATH_MILLIS - 1);
        assertThat(looked).isZero();
        assertThat(meeting.nodes()).isEmpty();
        control.advance(1);
        assertThat(meeting.nodes()).containsExactly(N1);
        meeting.onServed();
        control.advance(60_000);
        assertThat(looked).isOne();
    }

    @Test
    void looksAfterAWhileThoughNobodyServes() {
        meeting.later();
        control.advance(Meeting.PATIENCE_MILLIS - 1);
        assertThat(looked).isZero();
        control.advance(1);
        assertThat(looked).isOne();
    }

    @Test
    void looksAgainWhenItCouldNot() {
        failures = 2;
        meeting.later();
        control.advance(Meeting.PATIENCE_MILLIS + 2 * Meeting.AGAIN_MILLIS - 1);
        assertThat(meeting.nodes()).isEmpty();
        control.advance(1);
        assertThat(meeting.nodes()).containsExactly(N1);
        assertThat(looked).isEqualTo(3);
    }

    @Test
    void looksNoMoreWhenTheNodeHasEnded() {
        meeting.later();
        meeting.close();
        control.advance(60_000);
        assertThat(looked).isZero();
        assertThat(closed).isZero();
    }

    @Test
    void leavesWhenTheNodeEnds() {
        meeting.now();
        meeting.close();
        assertThat(closed).isOne();
    }

    @Test
    void leavesWhenTheNodeEndedWhileItLooked() {
        meanwhile = meeting::close;
        meeting.later();
        control.advance(Meeting.PATIENCE_MILLIS);
        assertThat(closed).isOne();
        assertThat(meeting.nodes()).isEmpty();
    }
}
