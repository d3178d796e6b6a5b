package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The room, in memory or on the disk, that all those queues share which drop messages rather than make producers wait. While
 * it is enough nobody has to care for the others; when it is not, each queue may have an equal share. Shared by all loops;
 * lives as long as the broker.
 */
public final class SharedRoom {
    private static final long ASK_PERIOD_MILLIS = 100;

    private final long bytesMax;
    private final LongAdder bytes = new LongAdder();

    /** Queues that hold anything. */
    private final LongAdder holders = new LongAdder();

    private final Set<Overflow> members = ConcurrentHashMap.newKeySet();
    private final AtomicLong askedMillis = new AtomicLong();

    public SharedRoom(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    void join(Overflow member) {
        members.add(member);
    }

    void leave(Overflow member) {
        members.remove(member);
    }

    /** One queue holds so much more, or less. */
    void onChanged(long bytesBefore, long bytesNow) {
        bytes.add(bytesNow - bytesBefore);
        if (bytesBefore == 0 && bytesNow != 0) {
            holders.increment();
        } else if (bytesBefore != 0 && bytesNow == 0) {
            holders.decrement();
        }
    }

    public long bytes() {
        return bytes.sum();
    }

    boolean isExceeded() {
        return bytes.sum() > bytesMax;
    }

    /** What each queue may hold when there is not enough for all. */
    long share() {
        return bytesMax / Math.max(1, holders.sum());
    }

    /** Makes those give up what is above their share to which nothing comes any more: they would not look by themselves. */
    void askOthers(Clock clock) {
        long nowMillis = clock.nowMillis();
        long lastMillis = askedMillis.get();
        if (Math.abs(nowMillis - lastMillis) >= ASK_PERIOD_MILLIS && askedMillis.compareAndSet(lastMillis, nowMillis)) {
            members.forEach(Overflow::makeRoomForOthers);
        }
    }
}
