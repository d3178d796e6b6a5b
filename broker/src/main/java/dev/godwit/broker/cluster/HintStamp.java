package dev.godwit.broker.cluster;

/**
 * How new a hint is: where the log stood when it was true. A later epoch is newer, whatever its index.
 *
 * @param epoch of the leader
 * @param index in the log
 */
public record HintStamp(long epoch, long index) implements Comparable<HintStamp> {
    @Override
    public int compareTo(HintStamp other) {
        int byEpoch = Long.compare(epoch, other.epoch);
        return byEpoch != 0 ? byEpoch : Long.compare(index, other.index);
    }
}
