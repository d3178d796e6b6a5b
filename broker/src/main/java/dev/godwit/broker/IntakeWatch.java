package dev.godwit.broker;

import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.amqp.IntakeGate;
import dev.godwit.broker.runtime.EventLoop;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes the gates of all loops while the broker is short of disk, disk speed or memory, and opens them again. */
final class IntakeWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(IntakeWatch.class);
    private static final long PERIOD_MILLIS = 10;

    private final EventLoop control;
    private final Supplier<@Nullable CreditReason> shortage;
    private final List<IntakeGate> gates;

    /** What is short; null when nothing is. */
    private @Nullable CreditReason closedFor;

    private volatile boolean stopped;

    /** @param shortage says what is short; null for nothing */
    IntakeWatch(EventLoop control, Supplier<@Nullable CreditReason> shortage, List<IntakeGate> gates) {
        this.control = control;
        this.shortage = shortage;
        this.gates = List.copyOf(gates);
        control.schedule(PERIOD_MILLIS, this::look);
    }

    private void look() {
        if (stopped) {
            return;
        }
        var now = shortage.get();
        if (now != closedFor) {
            if (now == null) {
                log.info("producers go on");
            } else if (closedFor == null) {
                log.info("short of memory, disk or disk speed: producers wait ({})", now.text());
            }
            closedFor = now;
            gates.forEach(gate -> gate.setClosed(now));
        }
        control.schedule(PERIOD_MILLIS, this::look);
    }

    @Override
    public void close() {
        stopped = true;
    }
}
