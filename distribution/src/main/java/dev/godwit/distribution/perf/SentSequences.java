package dev.godwit.distribution.perf;

/** What became of the messages 0, 1, 2 … of one producer. Owned by the producer's event loop until the run is over. */
final class SentSequences {
    private final SequenceBits confirmed = new SequenceBits();
    private final SequenceBits refused = new SequenceBits();
    private long sent;

    /** Numbers the next message. */
    long next() {
        return sent++;
    }

    /** Messages sent; also the number of the next one. */
    long sent() {
        return sent;
    }

    /** The broker has answered for it, or will never be asked to: it must arrive. */
    void onConfirmed(long sequence) {
        confirmed.add(sequence);
    }

    /** The broker rejected, released or modified it, or its transaction was rolled back: it must not arrive. */
    void onRefused(long sequence) {
        refused.add(sequence);
    }

    SequenceBits confirmed() {
        return confirmed;
    }

    SequenceBits refused() {
        return refused;
    }

    /** Messages of which nothing was heard: each may arrive, or not. */
    long inDoubt() {
        return sent - confirmed.size() - refused.size();
    }
}
