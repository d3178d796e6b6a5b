package dev.godwit.broker.intake;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What some producers together may send in a second. It lends: what came is charged afterwards, by whoever took it in, and
 * whoever owes waits with new credit until that is paid for. So over time no more comes than may, whatever producers do with
 * credit that they have; and since each is charged in turn, each has its turn.
 *
 * <p>Shared by all loops: a charge is one atomic step, and links charge many messages at once. Time is what {@code nanoTime}
 * of a clock says. Lives as long as anybody owes or may.
 */
public final class Rate {
    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    /** What one producer may have under way, as a part of what may come in a second. */
    private static final int SHARE_PART = 10;

    private final RateTerms terms;
    private final long burstNanos;

    /** When what came until now will be paid for; in the past when nobody owes. */
    private final AtomicLong messagesPaidAt;

    private final AtomicLong bytesPaidAt;
    private final AtomicInteger producers = new AtomicInteger();

    public Rate(RateTerms terms, long nowNanos) {
        this.terms = terms;
        this.burstNanos = TimeUnit.MILLISECONDS.toNanos(terms.burstMillis());
        this.messagesPaidAt = new AtomicLong(nowNanos);
        this.bytesPaidAt = new AtomicLong(nowNanos);
    }

    RateTerms terms() {
        return terms;
    }

    /** One producer more shares it. */
    public void join() {
        producers.incrementAndGet();
    }

    public void leave() {
        producers.decrementAndGet();
    }

    /**
     * So much has come.
     *
     * @return for how many nanoseconds who sent it is to be given no further credit; 0 or less for none
     */
    public long charge(long messages, long bytes, long nowNanos) {
        return Math.max(
                charge(messagesPaidAt, terms.messagesPerSecond(), messages, nowNanos),
                charge(bytesPaidAt, terms.bytesPerSecond(), bytes, nowNanos));
    }

    private long charge(AtomicLong paidAt, long perSecond, long amount, long nowNanos) {
        if (perSecond == 0) {
            return 0;
        }
        long before;
        long after;
        do {
            before = paidAt.get();
            // A difference: such clocks begin anywhere.
            after = (before - nowNanos > 0 ? before : nowNanos) + nanosFor(amount, perSecond);
        } while (amount > 0 && !paidAt.compareAndSet(before, after));
        return after - nowNanos - burstNanos;
    }

    private static long nanosFor(long amount, long perSecond) {
        long whole = amount / perSecond;
        return whole * NANOS_PER_SECOND + (amount - whole * perSecond) * NANOS_PER_SECOND / perSecond;
    }

    /** How many messages one producer should have under way at most. */
    public long messagesShare() {
        return share(terms.messagesPerSecond());
    }

    /** How many bytes of them. */
    public long bytesShare() {
        return share(terms.bytesPerSecond());
    }

    private long share(long perSecond) {
        return perSecond == 0 ? Long.MAX_VALUE : Math.max(1, perSecond / SHARE_PART / Math.max(1, producers.get()));
    }

    /** True when nobody shares it and nobody owes: another one of the same terms would do the same. */
    boolean isForgettable(long nowNanos) {
        return producers.get() == 0 && messagesPaidAt.get() - nowNanos <= 0 && bytesPaidAt.get() - nowNanos <= 0;
    }
}
