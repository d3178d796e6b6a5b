package dev.godwit.jms.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import jakarta.jms.JMSException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How a close of many steps keeps to its time, with a clock that is turned by hand. */
final class DeadlineTest {
    private long nowNanos = Long.MAX_VALUE - 5;

    private Deadline in(long millis) {
        return Deadline.in(millis, () -> nowNanos);
    }

    private void pass(long millis) {
        nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** As when a connection is closed whose broker does not answer: each of its sessions waits as long as it may. */
    @Test
    void isThereOnceForAllSessionsHoweverLongEachWaits() {
        Deadline deadline = in(500);
        long waitedMillis = 0;
        for (int i = 0; i < 20; i++) {
            long millis = deadline.leftMillis(1);
            waitedMillis += millis;
            pass(millis);
        }
        assertThat(waitedMillis).isEqualTo(500 + 19);
        assertThat(deadline.isOver()).isTrue();
    }

    @Test
    void leavesWhatOthersHaveNotUsed() {
        Deadline deadline = in(500);
        assertThat(deadline.leftMillis(1)).isEqualTo(500);
        pass(120);
        assertThat(deadline.leftMillis(1)).isEqualTo(380);
        assertThat(deadline.leftMillis(1_000)).isEqualTo(1_000);
        pass(379);
        assertThat(deadline.isOver()).isFalse();
        pass(1);
        assertThat(deadline.isOver()).isTrue();
    }

    @Test
    void isNeverOverWithoutALimit() {
        Deadline deadline = in(ConnectionSettings.NO_LIMIT);
        pass(1_000_000);
        assertThat(deadline.isOver()).isFalse();
        assertThat(deadline.leftMillis(1)).isEqualTo(ConnectionSettings.NO_LIMIT);
    }

    @Test
    void makesEachStepOfACloseWhateverCameOfThoseBefore() {
        ClosingSteps steps = new ClosingSteps();
        List<String> made = new ArrayList<>();
        JMSException first = new JMSException("first");
        steps.make(() -> made.add("one"));
        steps.make(() -> {
            throw first;
        });
        steps.make(() -> {
            throw new IllegalArgumentException("second");
        });
        steps.make(() -> made.add("four"));
        assertThat(made).containsExactly("one", "four");
        JMSException failure = catchThrowableOfType(JMSException.class, steps::end);
        assertThat(failure).isSameAs(first);
        assertThat(failure.getSuppressed()).singleElement().satisfies(other -> assertThat(other)
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("second"));
    }

    @Test
    void endsACloseOfWhichNoStepFailed() {
        ClosingSteps steps = new ClosingSteps();
        steps.make(() -> {});
        assertThatCode(steps::end).doesNotThrowAnyException();
    }
}
