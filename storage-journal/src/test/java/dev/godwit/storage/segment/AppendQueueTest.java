package dev.godwit.storage.segment;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class AppendQueueTest {
    /** The writer may wait for a lock between being interrupted and going to sleep, and use up the permit there. */
    @Test
    void anInterruptionOutlivesTheWritersPermit() {
        var queue = new AppendQueue(Watch.with(2));
        var awake = new AtomicBoolean();
        var writer = new Thread(() -> {
            queue.ownedBy(Thread.currentThread());
            queue.interruptSleep();
            LockSupport.park();
            queue.sleep();
            awake.set(true);
        });
        writer.setDaemon(true);
        writer.start();
        await().atMost(Duration.ofSeconds(5)).until(awake::get);
    }
}
