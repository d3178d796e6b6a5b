package dev.godwit.broker;

import dev.godwit.broker.amqp.IntakeGate;
import dev.godwit.broker.runtime.EventLoop;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes the gates of all loops while the broker is short of disk, disk speed or memory, and opens them again. */
final class IntakeWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(IntakeWatch.class);
    private static final long PERIOD_MILLIS = 10;

    private final EventLoop control;
    private final BooleanSupplier isExhausted;
    private final List<IntakeGate> gates;
    private boolean closed;
    private volatile boolean stopped;

    IntakeWatch(EventLoop control, BooleanSupplier isExhausted, List<IntakeGate> gates) {
        this.control = control;
        this.isExhausted = isExhausted;
        this.gates = List.copyOf(gates);
        control.schedule(PERIOD_MILLIS, this::look);
    }

    private void look() {
        if (stopped) {
            return;
        }
        boolean exhausted = isExhausted.getAsBoolean();
        if (exhausted != closed) {
            closed = exhausted;
            log.info(closed ? "short of memory, disk or disk speed: producers wait" : "producers go on");
            gates.forEach(gate -> gate.setClosed(closed));
        }
        control.schedule(PERIOD_MILLIS, this::look);
    }

    @Override
    public void close() {
        stopped = true;
    }
}
