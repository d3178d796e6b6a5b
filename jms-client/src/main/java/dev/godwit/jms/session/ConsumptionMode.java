package dev.godwit.jms.session;

import dev.godwit.jms.provider.Settlement;
import jakarta.jms.IllegalStateException;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * When a session tells the broker that a message has been consumed (Jakarta Messaging §6.2.10): one kind for each
 * acknowledge mode. Called by the session's thread; {@link #acknowledge} and {@link #onClose} may come from another one.
 */
abstract sealed class ConsumptionMode {
    /** Beyond those of the standard: {@link jakarta.jms.Message#acknowledge} is for that one message. */
    static final int INDIVIDUAL_ACKNOWLEDGE = 101;

    /** Whether there is such a mode, of the standard or of ours. */
    static boolean isKnown(int acknowledgeMode) {
        return acknowledgeMode == INDIVIDUAL_ACKNOWLEDGE
                || (acknowledgeMode >= Session.SESSION_TRANSACTED && acknowledgeMode <= Session.DUPS_OK_ACKNOWLEDGE);
    }

    static ConsumptionMode of(int acknowledgeMode, int prefetch) {
        return switch (acknowledgeMode) {
            case Session.SESSION_TRANSACTED -> new Transacted();
            case Session.CLIENT_ACKNOWLEDGE -> new Client();
            case INDIVIDUAL_ACKNOWLEDGE -> new Individual();
            case Session.DUPS_OK_ACKNOWLEDGE -> new Automatic(Math.max(1, Math.min(prefetch / 2, 100)));
            case Session.AUTO_ACKNOWLEDGE -> new Automatic(1);
            default -> throw new IllegalArgumentException("not an acknowledge mode: " + acknowledgeMode);
        };
    }

    /** A synchronous receive is about to return the message. */
    abstract void onReceived(ReceivedDelivery delivery);

    /** The listener is about to be called. */
    abstract void onListenerCalled(ReceivedDelivery delivery);

    /** The listener has returned. */
    void onListenerReturned(ReceivedDelivery delivery) {}

    /** The listener has thrown. */
    void onListenerFailed(ReceivedDelivery delivery) {}

    /** Nothing more to deliver at the moment. */
    void onIdle() {}

    /** {@link jakarta.jms.JMSContext#acknowledge}: every message that the session has delivered is consumed. */
    void acknowledge() {}

    /** {@link jakarta.jms.Message#acknowledge} of one message, which may stand for others. */
    void acknowledge(ReceivedDelivery delivery) {
        acknowledge();
    }

    /** Begins again with the oldest message that has not been acknowledged. */
    abstract void recover() throws JMSException;

    /** The session ends. */
    void onClose() {}

    /** AUTO_ACKNOWLEDGE, and DUPS_OK_ACKNOWLEDGE, which tells the broker of several messages at once. */
    static final class Automatic extends ConsumptionMode {
        private final int batch;
        private final ConcurrentLinkedDeque<ReceivedDelivery> consumed = new ConcurrentLinkedDeque<>();
        private int consumedCount;
        private @Nullable ReceivedDelivery inListener;

        Automatic(int batch) {
            this.batch = batch;
        }

        @Override
        void onReceived(ReceivedDelivery delivery) {
            consume(delivery);
        }

        @Override
        void onListenerCalled(ReceivedDelivery delivery) {
            inListener = delivery;
        }

        @Override
        void onListenerReturned(ReceivedDelivery delivery) {
            if (inListener == delivery) {
                inListener = null;
                consume(delivery);
            }
        }

        /** The broker counts the attempt, so that its limit of attempts holds. */
        @Override
        void onListenerFailed(ReceivedDelivery delivery) {
            if (inListener == delivery) {
                inListener = null;
                delivery.fail();
            }
        }

        @Override
        void onIdle() {
            acceptAll();
        }

        @Override
        void recover() {
            ReceivedDelivery current = inListener;
            if (current != null) {
                inListener = null;
                current.redeliver();
            }
        }

        @Override
        void onClose() {
            acceptAll();
        }

        private void consume(ReceivedDelivery delivery) {
            if (batch == 1) {
                delivery.settle(Settlement.ACCEPTED);
                return;
            }
            consumed.add(delivery);
            if (++consumedCount >= batch) {
                acceptAll();
            }
        }

        private void acceptAll() {
            consumedCount = 0;
            settleAll(consumed, Settlement.ACCEPTED);
        }
    }

    /** What the application has to acknowledge by itself, in the order in which it was delivered. */
    abstract static sealed class Manual extends ConsumptionMode {
        @Override
        void onListenerCalled(ReceivedDelivery delivery) {
            onReceived(delivery);
        }

        /** Takes out the one that was delivered last; null when none is left. */
        abstract @Nullable ReceivedDelivery pollLast();

        /** Newest first, each to the head of its consumer, so that the oldest ends up in front. */
        @Override
        void recover() {
            for (ReceivedDelivery last = pollLast(); last != null; last = pollLast()) {
                last.redeliver();
            }
        }

        /** Newest first, so that the order stays also with a broker that puts each of them in front. */
        @Override
        void onClose() {
            for (ReceivedDelivery last = pollLast(); last != null; last = pollLast()) {
                last.settle(Settlement.FAILED);
            }
        }
    }

    /** CLIENT_ACKNOWLEDGE: all at once. */
    static final class Client extends Manual {
        private final ConcurrentLinkedDeque<ReceivedDelivery> delivered = new ConcurrentLinkedDeque<>();

        @Override
        void onReceived(ReceivedDelivery delivery) {
            delivered.add(delivery);
        }

        @Override
        @Nullable
        ReceivedDelivery pollLast() {
            return delivered.pollLast();
        }

        @Override
        void acknowledge() {
            settleAll(delivered, Settlement.ACCEPTED);
        }
    }

    /** INDIVIDUAL_ACKNOWLEDGE. A message that was acknowledged or recovered before is nothing to acknowledge. */
    static final class Individual extends Manual {
        /** By the number of its delivery, so that one in the middle is found as fast as the first. */
        private final ConcurrentSkipListMap<Long, ReceivedDelivery> delivered = new ConcurrentSkipListMap<>();

        private long count;

        @Override
        void onReceived(ReceivedDelivery delivery) {
            delivery.number(++count);
            delivered.put(delivery.number(), delivery);
        }

        @Override
        @Nullable
        ReceivedDelivery pollLast() {
            var last = delivered.pollLastEntry();
            return last == null ? null : last.getValue();
        }

        @Override
        void acknowledge(ReceivedDelivery delivery) {
            if (delivered.remove(delivery.number(), delivery)) {
                delivery.settle(Settlement.ACCEPTED);
            }
        }
    }

    /** SESSION_TRANSACTED: consumed within the transaction, which decides. */
    static final class Transacted extends ConsumptionMode {
        @Override
        void onReceived(ReceivedDelivery delivery) {
            delivery.settle(Settlement.ACCEPTED);
        }

        @Override
        void onListenerCalled(ReceivedDelivery delivery) {
            delivery.settle(Settlement.ACCEPTED);
        }

        @Override
        void recover() throws JMSException {
            throw new IllegalStateException("a transacted session does not recover: it rolls back");
        }
    }

    private static void settleAll(ConcurrentLinkedDeque<ReceivedDelivery> deliveries, Settlement settlement) {
        for (ReceivedDelivery next = deliveries.poll(); next != null; next = deliveries.poll()) {
            next.settle(settlement);
        }
    }
}
