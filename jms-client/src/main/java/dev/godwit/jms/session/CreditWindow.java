package dev.godwit.jms.session;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many more messages a consumer lets the broker send: as many as fit beside those that it already holds. Changed by
 * the provider's thread, as messages come, and by the consumer's, as it takes them; one atomic value holds both counts.
 */
final class CreditWindow {
    private static final long ONE_HELD = 1L << 32;
    private static final long GRANTED_MASK = 0xFFFF_FFFFL;

    /** Upper half: messages held here. Lower half: messages granted to the broker that have not come yet. */
    private final AtomicLong counts = new AtomicLong();

    void onArrived() {
        counts.updateAndGet(now -> now + ONE_HELD - (granted(now) > 0 ? 1 : 0));
    }

    /** A message left the consumer's hands for the application's. */
    void onTaken() {
        counts.addAndGet(-ONE_HELD);
    }

    /** A message came back from the application, to be given to it again. */
    void onReturned() {
        counts.addAndGet(ONE_HELD);
    }

    /** The broker has forgotten what was granted. */
    void onDrained() {
        counts.updateAndGet(now -> now - granted(now));
    }

    /**
     * Takes the right to grant what is missing to the target, once half of it is missing.
     *
     * @return messages to grant now; 0 for none
     */
    int topUp(int target) {
        while (true) {
            long now = counts.get();
            long present = held(now) + granted(now);
            if (present > target / 2 || present >= target) {
                return 0;
            }
            long missing = target - present;
            if (counts.compareAndSet(now, now + missing)) {
                return (int) missing;
            }
        }
    }

    private static long held(long counts) {
        return counts >> 32;
    }

    private static long granted(long counts) {
        return counts & GRANTED_MASK;
    }
}
