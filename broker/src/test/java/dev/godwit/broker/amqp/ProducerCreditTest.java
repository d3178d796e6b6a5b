package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.runtime.ManualEventLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each reason for which a producer has no credit, told before those that come later in the order of deciding. */
class ProducerCreditTest {
    private final ManualEventLoop loop = new ManualEventLoop();
    private final IntakeGate gate = new IntakeGate(loop);

    /** Does not compile while a reason is without a case. */
    @ParameterizedTest
    @EnumSource
    void eachReasonIsTold(CreditReason reason) {
        var told =
                switch (reason) {
                    case HAS_CREDIT -> behindGate(CreditReason.DISK_FULL, 1, 1, CreditReason.ADDRESS_UNRESOLVED);
                    case MESSAGE_MEMORY_FULL, DISK_FULL, DISK_LIMIT_REACHED, DISK_BEHIND ->
                        behindGate(reason, 0, 1, CreditReason.ADDRESS_UNRESOLVED);
                    case RATE_EXCEEDED -> CreditObstacle.of(0, reason, 1, 1, CreditReason.ADDRESS_UNRESOLVED);
                    case UNSETTLED_BY_PRODUCER -> CreditObstacle.of(0, null, 1, 1, CreditReason.ADDRESS_UNRESOLVED);
                    case ADDRESS_UNRESOLVED, ANSWERS_NOT_TAKEN -> CreditObstacle.of(0, null, 0, 1, reason);
                    case UNCONFIRMED -> CreditObstacle.of(0, null, 0, 1, null);
                };
        assertThat(told).isEqualTo(reason);
        assertThat(reason.text()).matches("[a-z]+(-[a-z]+)*");
    }

    /** One that its sender has not settled does not hold up a window of which the rest waits elsewhere. */
    @Test
    void namesWhatHoldsMostOfTheWindow() {
        assertThat(CreditObstacle.of(0, null, 1, 1_000, null)).isEqualTo(CreditReason.UNCONFIRMED);
        assertThat(CreditObstacle.of(0, null, 1, 1_000, CreditReason.ADDRESS_UNRESOLVED))
                .isEqualTo(CreditReason.ADDRESS_UNRESOLVED);
        assertThat(CreditObstacle.of(0, null, 999, 1_000, null)).isEqualTo(CreditReason.UNSETTLED_BY_PRODUCER);
    }

    private CreditReason behindGate(CreditReason closedFor, int credit, int answered, CreditReason ofRoute) {
        gate.setClosed(closedFor);
        loop.runTasks();
        return CreditObstacle.of(credit, gate.obstacle(), answered, 1, ofRoute);
    }
}
