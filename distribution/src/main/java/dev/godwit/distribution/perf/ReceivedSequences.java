package dev.godwit.distribution.perf;

import java.util.Arrays;

/** What one consumer got from each producer, and in what order. Owned by the consumer's event loop until the run is over. */
final class ReceivedSequences {
    private final SequenceBits[] received;
    private final long[] lastFirstDelivered;
    private long duplicates;
    private long outOfOrder;
    private long redelivered;
    private long foreign;

    ReceivedSequences(int producers) {
        received = new SequenceBits[producers];
        Arrays.setAll(received, producer -> new SequenceBits());
        lastFirstDelivered = new long[producers];
        Arrays.fill(lastFirstDelivered, -1);
    }

    /** A message of this run came; {@code redelivery} when the broker says that it was delivered before. */
    void onReceived(int producer, long sequence, boolean redelivery) {
        if (redelivery) {
            redelivered++;
        }
        if (!received[producer].add(sequence)) {
            duplicates++;
        } else if (!redelivery) {
            if (sequence < lastFirstDelivered[producer]) {
                outOfOrder++;
            }
            lastFirstDelivered[producer] = Math.max(sequence, lastFirstDelivered[producer]);
        }
    }

    /** A message came that this run did not send. */
    void onForeign() {
        foreign++;
    }

    SequenceBits from(int producer) {
        return received[producer];
    }

    long duplicates() {
        return duplicates;
    }

    long outOfOrder() {
        return outOfOrder;
    }

    long redelivered() {
        return redelivered;
    }

    long foreign() {
        return foreign;
    }
}
