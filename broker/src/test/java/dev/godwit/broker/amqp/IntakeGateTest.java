package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.runtime.ManualEventLoop;
import org.junit.jupiter.api.Test;

class IntakeGateTest {
    private final ManualEventLoop loop = new ManualEventLoop();
    private final IntakeGate gate = new IntakeGate(loop);

    @Test
    void opensAndClosesOnItsLoop() {
        gate.setClosed(CreditReason.DISK_FULL);
        assertThat(gate.isClosed()).isFalse();
        assertThat(gate.obstacle()).isNull();
        loop.runTasks();
        assertThat(gate.isClosed()).isTrue();
        assertThat(gate.obstacle()).isEqualTo(CreditReason.DISK_FULL);
        gate.setClosed(null);
        loop.runTasks();
        assertThat(gate.isClosed()).isFalse();
        assertThat(gate.obstacle()).isNull();
    }
}
