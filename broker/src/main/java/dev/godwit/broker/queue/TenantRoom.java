package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressPattern;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * How much the queues of a tenant may hold together. A queue that has no room here does what it does when it is full itself.
 * Those who wait do it in one line: the first is called when there is room for its next message, which is kept for it, and
 * nobody goes past. Shared by all loops; lives as long as the broker.
 */
public final class TenantRoom {
    /** So many are called in one go; who was called has the next ones called. */
    private static final int CALLED_MAX = 100;

    private final String tenant;
    private final List<AddressPattern> addresses;
    private final long messagesMax;
    private final long bytesMax;
    private final LongAdder messages = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    /** Kept for those that were called, and whose messages do not count yet. */
    private final AtomicLong keptMessages = new AtomicLong();

    private final AtomicLong keptBytes = new AtomicLong();

    /** Those that wait for room. */
    private final ConcurrentLinkedQueue<Ticket> line = new ConcurrentLinkedQueue<>();

    /** How often the next ones are to be called: whoever makes it 1 does it. */
    private final AtomicInteger callsDue = new AtomicInteger();

    /** What one waits for. Used by the loop of its queue, and by whoever calls. */
    static final class Ticket {
        private static final int WAITING = 0;
        private static final int CALLED = 1;
        private static final int GIVEN_UP = 2;

        private final Runnable wake;
        private final AtomicInteger state = new AtomicInteger(WAITING);
        private volatile int arriving;
        private volatile long arrivingBytes;
        private volatile long bytes;

        /** Written before the call. */
        private long kept;

        /** @param wake runs on any thread when it is called */
        Ticket(Runnable wake) {
            this.wake = wake;
        }

        /** Parameters as of {@link TenantTurn#comes}. */
        void need(int messagesArriving, long bytesArriving, long itsBytes) {
            arriving = messagesArriving;
            arrivingBytes = bytesArriving;
            bytes = itsBytes;
        }

        boolean isCalled() {
            return state.get() == CALLED;
        }

        /** Whether so much was kept, once it was called. */
        boolean isFor(long itsBytes) {
            return itsBytes <= kept;
        }
    }

    /**
     * @param addresses patterns of those whose queues, and subscriptions, are the tenant's
     * @param messagesMax 0 for any number
     * @param bytesMax 0 for any number
     */
    public TenantRoom(String tenant, List<String> addresses, long messagesMax, long bytesMax) {
        this.tenant = tenant;
        this.addresses = addresses.stream().map(AddressPattern::new).toList();
        this.messagesMax = messagesMax == 0 ? Long.MAX_VALUE : messagesMax;
        this.bytesMax = bytesMax == 0 ? Long.MAX_VALUE : bytesMax;
    }

    boolean isFor(String address) {
        return addresses.stream().anyMatch(each -> each.matches(address));
    }

    /** So much more is here, or less. */
    void add(long moreMessages, long moreBytes) {
        messages.add(moreMessages);
        bytes.add(moreBytes);
        if (moreMessages < 0 || moreBytes < 0) {
            callNext();
        }
    }

    /** Calls those that are next and for which there is room. */
    void callNext() {
        if (line.isEmpty() || callsDue.getAndIncrement() != 0) {
            return;
        }
        int due = 1;
        while (due != 0) {
            callThoseThatFit();
            due = callsDue.addAndGet(-due);
        }
    }

    private void callThoseThatFit() {
        int called = 0;
        for (var next = line.peek(); next != null && called < CALLED_MAX; next = line.peek()) {
            if (next.state.get() == Ticket.WAITING) {
                if (isFull(next.arriving, next.arrivingBytes)) {
                    return;
                }
                called += call(next) ? 1 : 0;
            }
            line.remove(next);
        }
    }

    private boolean call(Ticket next) {
        next.kept = next.bytes;
        keptMessages.incrementAndGet();
        keptBytes.addAndGet(next.kept);
        if (!next.state.compareAndSet(Ticket.WAITING, Ticket.CALLED)) {
            keptMessages.decrementAndGet();
            keptBytes.addAndGet(-next.kept);
            return false;
        }
        next.wake.run();
        return true;
    }

    /** True when somebody stands in the line. */
    boolean isWaitedFor() {
        return !line.isEmpty();
    }

    /** Waits from now on; is called at once when there is room and nobody else waits. Ends with {@link #giveUp}. */
    void lineUp(Ticket ticket) {
        line.add(ticket);
        // It may have been made before anybody could know that it is waited for.
        callNext();
    }

    /** Does not wait any more, and needs no room that was kept for it. Once. */
    void giveUp(Ticket ticket) {
        if (ticket.state.getAndSet(Ticket.GIVEN_UP) == Ticket.CALLED) {
            keptMessages.decrementAndGet();
            keptBytes.addAndGet(-ticket.kept);
        } else {
            line.remove(ticket);
        }
        callNext();
    }

    /** True when there is no room for so much, which is not here yet. */
    boolean isFull(long arrivingMessages, long arrivingBytes) {
        return messages.sum() + keptMessages.get() + arrivingMessages >= messagesMax
                || bytes.sum() + keptBytes.get() + arrivingBytes > bytesMax;
    }

    /** True when there is more than may be. */
    boolean isExceeded() {
        return messages.sum() > messagesMax || bytes.sum() > bytesMax;
    }

    /** True when a message of that length is more by itself than may be here. */
    boolean neverTakes(long messageBytes) {
        return messageBytes > bytesMax;
    }

    /** For whoever has to wait, or is refused. */
    String description() {
        String ofMessages = messagesMax == Long.MAX_VALUE ? "" : messagesMax + " messages";
        String ofBytes = bytesMax == Long.MAX_VALUE ? "" : bytesMax + " bytes";
        return "the queues of tenant '" + tenant + "' may hold " + ofMessages
                + (ofMessages.isEmpty() || ofBytes.isEmpty() ? "" : " and ") + ofBytes + " together";
    }
}
