package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.runtime.ManualEventLoop;
import org.junit.jupiter.api.Test;

class IntakeGateTest {
    private final ManualEventLoop loop = new ManualEventLoop();
    private final IntakeGate gate = new IntakeGate(loop);

    @Test
    void opensAndClosesOnItsLoop() {
        gate.setClosed(true);
        assertThat(gate.isClosed()).isFalse();
        loop.runTasks();
        assertThat(gate.isClosed()).isTrue();
        gate.setClosed(false);
        loop.runTasks();
        assertThat(gate.isClosed()).isFalse();
    }
}
