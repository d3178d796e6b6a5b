package dev.godwit.broker.intake;

import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.runtime.Clock;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The rates of addresses that have one, and how long a message may be there. Any thread may ask, which producers do when they
 * attach and when {@link #generation} has changed. Lives as long as the broker.
 */
public final class Rates {
    /** So many are kept, whether anybody uses them or not. */
    static final int KEPT_MAX = 10_000;

    private final AddressPolicies policies;
    private final Clock clock;
    private final ConcurrentHashMap<String, Rate> byAddress = new ConcurrentHashMap<>();

    /** When there are more than that it is looked for those that nobody uses. */
    private final AtomicInteger lookAbove = new AtomicInteger(KEPT_MAX);

    public Rates(AddressPolicies policies, Clock clock) {
        this.policies = policies;
        this.clock = clock;
    }

    /** Another number when something that was told here may not hold any more. */
    public int generation() {
        return policies.generation();
    }

    /** Bytes that a message to that address may have; 0 for as many as anywhere. */
    public long messageBytesMax(String address) {
        return policies.ofProducersTo(address).get(AddressSetting.MAX_MESSAGE_SIZE);
    }

    /**
     * What producers to an address share; null when they may send as fast as they can.
     *
     * @param joins whether one producer more shares it, who leaves it when he goes
     */
    public @Nullable Rate ofAddress(String address, boolean joins) {
        var terms = RateTerms.of(policies.ofProducersTo(address));
        if (terms == null) {
            byAddress.remove(address);
            return null;
        }
        int above = lookAbove.get();
        if (byAddress.size() > above && lookAbove.compareAndSet(above, Integer.MAX_VALUE)) {
            forgetUnused();
            // Those that are used are not looked at again before there are twice as many.
            lookAbove.set(Math.max(KEPT_MAX, 2 * byAddress.size()));
        }
        return byAddress.compute(address, (same, before) -> {
            var rate = before == null || !before.terms().equals(terms) ? new Rate(terms, clock.nanoTime()) : before;
            if (joins) {
                rate.join();
            }
            return rate;
        });
    }

    /** How many are kept; a metric. */
    int kept() {
        return byAddress.size();
    }

    private void forgetUnused() {
        long nowNanos = clock.nanoTime();
        byAddress
                .keySet()
                .forEach(address -> byAddress.computeIfPresent(
                        address, (same, rate) -> rate.isForgettable(nowNanos) ? null : rate));
    }
}
