package dev.godwit.distribution.perf;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Whether every confirmed message came, once, in its producer's order, and nothing else did. Immutable.
 *
 * @param lost confirmed, but not received
 * @param duplicates received more than once
 * @param outOfOrder first deliveries that came after a later one of the same producer at the same consumer
 * @param phantoms received, though refused or never sent
 * @param redelivered marked by the broker as delivered before
 * @param foreign left by somebody else; no fault
 */
record Verdict(long lost, long duplicates, long outOfOrder, long phantoms, long redelivered, long foreign) {
    /**
     * Compares what was sent with what was received.
     *
     * @param everyConsumerGetsAll each consumer is a subscriber of its own; otherwise they share the messages
     */
    static Verdict of(List<SentSequences> sent, List<ReceivedSequences> received, boolean everyConsumerGetsAll) {
        long lost = 0;
        long duplicates = sum(received, ReceivedSequences::duplicates);
        long phantoms = 0;
        for (int producer = 0; producer < sent.size(); producer++) {
            SentSequences ofProducer = sent.get(producer);
            if (everyConsumerGetsAll) {
                for (ReceivedSequences consumer : received) {
                    lost += lost(ofProducer, consumer.from(producer));
                    phantoms += phantoms(ofProducer, consumer.from(producer));
                }
            } else {
                var union = new SequenceBits();
                for (ReceivedSequences consumer : received) {
                    duplicates += union.addAll(consumer.from(producer));
                }
                lost += lost(ofProducer, union);
                phantoms += phantoms(ofProducer, union);
            }
        }
        return new Verdict(
                lost,
                duplicates,
                sum(received, ReceivedSequences::outOfOrder),
                phantoms,
                sum(received, ReceivedSequences::redelivered),
                sum(received, ReceivedSequences::foreign));
    }

    boolean isClean() {
        return lost == 0 && duplicates == 0 && outOfOrder == 0 && phantoms == 0;
    }

    private static long lost(SentSequences sent, SequenceBits received) {
        long[] lost = new long[1];
        sent.confirmed().forEach(sequence -> lost[0] += received.contains(sequence) ? 0 : 1);
        return lost[0];
    }

    private static long phantoms(SentSequences sent, SequenceBits received) {
        long[] phantoms = new long[1];
        received.forEach(sequence ->
                phantoms[0] += sequence >= sent.sent() || sent.refused().contains(sequence) ? 1 : 0);
        return phantoms[0];
    }

    private static long sum(List<ReceivedSequences> all, ToLongFunction<ReceivedSequences> figure) {
        return all.stream().mapToLong(figure).sum();
    }
}
