package dev.godwit.jms.session;

import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.Settlement;
import jakarta.jms.JMSException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What comes to a consumer ahead of the application: the messages that are here, and those that the broker has been asked
 * for. The provider's thread adds messages, the session's takes them; either may ask for more.
 */
final class Inflow {
    private final int prefetch;
    private final BooleanSupplier asking;
    private final CreditWindow window = new CreditWindow();
    private final ArrivedDeliveries arrived;

    /** Done when waiting for the broker is over, because the consumer or its session is being closed. */
    private final CompletableFuture<@Nullable Void> ending = new CompletableFuture<>();

    private volatile @Nullable Receiver receiver;

    /** How many messages may be ahead: fewer than {@code prefetch} after a message failed. */
    private volatile int ahead;

    private volatile @Nullable CompletableFuture<Void> drained;
    private volatile boolean draining;
    private volatile boolean drainAwaited;

    /** @param asking whether the broker may be asked for messages now */
    Inflow(int prefetch, ArrivedDeliveries arrived, BooleanSupplier asking) {
        this.prefetch = prefetch;
        this.arrived = arrived;
        this.ahead = prefetch;
        this.asking = asking;
    }

    void attach(Receiver attached) {
        receiver = attached;
        topUp();
    }

    @Nullable
    Receiver receiver() {
        return receiver;
    }

    void add(ReceivedDelivery delivery) {
        window.onArrived();
        arrived.add(delivery);
    }

    boolean isEmpty() {
        return arrived.isEmpty();
    }

    @Nullable
    ReceivedDelivery poll() {
        ReceivedDelivery delivery = arrived.poll();
        while (delivery != null) {
            window.onTaken();
            if (delivery.isWanted()) {
                return delivery;
            }
            delivery = arrived.poll();
            if (delivery == null) {
                // Nobody else grants what those had.
                topUp();
            }
        }
        return null;
    }

    void putBack(ReceivedDelivery delivery) {
        window.onReturned();
        arrived.addFirst(delivery);
    }

    /** Newest first, so that the order stays also with a broker that puts each of them in front. */
    void release() {
        for (ReceivedDelivery last = arrived.pollLast(); last != null; last = arrived.pollLast()) {
            window.onTaken();
            last.settle(Settlement.RELEASED);
        }
    }

    /** What is here comes again on the next connection. */
    void forget() {
        while (arrived.poll() != null) {
            window.onTaken();
        }
    }

    void topUp() {
        grant(ahead);
    }

    /** Without prefetch a message is asked for when somebody wants it. */
    void askForOne() {
        if (prefetch == 0) {
            grant(1);
        }
    }

    private void grant(int target) {
        Receiver current = receiver;
        // While the broker is giving back what it was granted, nobody could tell what is of before and what is new.
        if (current != null && !draining && asking.getAsBoolean()) {
            int messages = window.topUp(target);
            if (messages > 0) {
                current.grant(messages);
            }
        }
    }

    /** What is ahead of a message that fails has to go back, so from now on there is little. */
    void onFailed() {
        ahead = Math.min(1, prefetch);
    }

    /** Each message that does not fail doubles what may be ahead, up to what was configured. */
    void onSucceeded() {
        int now = ahead;
        if (now < prefetch) {
            ahead = (int) Math.min(prefetch, now * 2L);
        }
    }

    /** Whoever is given the messages now has not failed yet. */
    void onNewListener() {
        ahead = prefetch;
    }

    /** Asks for what there is: afterwards it is here, or there was nothing, or the broker has kept silent. */
    void pull(long limitMillis, String what) throws JMSException {
        grant(Math.max(1, ahead));
        try {
            drain(limitMillis, what);
        } catch (JMSException failed) {
            if (!Answers.TIMEOUT.equals(failed.getErrorCode())) {
                throw failed;
            }
        }
        topUp();
    }

    /**
     * Has the broker send nothing more. Its answer counts whenever it comes, also when nobody waits for it any more: then
     * what it gave back is asked for again.
     *
     * @throws JMSException when the broker did not answer in time, or the link has ended
     */
    void drain(long limitMillis, String what) throws JMSException {
        Receiver current = receiver;
        if (current == null) {
            return;
        }
        drainAwaited = true;
        boolean answered = false;
        try {
            Answers.await(CompletableFuture.anyOf(beginDrain(current), ending), limitMillis, what);
            answered = true;
        } finally {
            drainAwaited = false;
            if (!answered && !draining) {
                topUp();
            }
        }
    }

    private CompletableFuture<Void> beginDrain(Receiver current) {
        CompletableFuture<Void> begun = drained;
        if (begun == null || !draining) {
            draining = true;
            begun = current.drain().whenComplete((done, failure) -> onDrainEnded(failure == null));
            drained = begun;
        }
        return begun;
    }

    private void onDrainEnded(boolean given) {
        if (given) {
            window.onDrained();
        }
        draining = false;
        if (!drainAwaited) {
            topUp();
        }
    }

    /** Nobody waits for the broker any more. */
    void onEnding() {
        ending.complete(null);
    }
}
