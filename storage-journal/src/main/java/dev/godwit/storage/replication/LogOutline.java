package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.List;

/**
 * What a replica knows of its log without its bodies: how long it is, which epochs its entries are of, who votes. It takes
 * a few bytes for each epoch and each change of voters, not for each entry. At a start the records of the journal are told to
 * it in the order in which they were written; from then on the {@link Replica} owns it.
 *
 * <p>Up to its checkpoint the log may have holes, since what is dead there is not kept; from there on it is whole.
 */
public final class LogOutline {
    /** Entries from {@code first} on are of {@code epoch}, up to the next run. */
    private record EpochRun(long first, long epoch) {}

    private record VotersSince(long index, Voters voters) {}

    private final List<EpochRun> runs = new ArrayList<>();
    private final List<VotersSince> voters = new ArrayList<>();
    private long checkpointIndex;
    private long checkpointEpoch;
    private long lastIndex;

    private LogOutline(Voters first) {
        voters.add(new VotersSince(0, first));
    }

    /** The log of a journal that is new, or was emptied: it belongs to nobody's majority. */
    public static LogOutline empty() {
        return new LogOutline(Voters.NONE);
    }

    /** The empty log of one of the first voters of a new shard. All of them must be told the same. */
    public static LogOutline ofNewShard(Voters first) {
        return new LogOutline(first);
    }

    /** An entry was appended. Its index is the next one. */
    public void append(LogEntry entry) {
        if (entry.index() != lastIndex + 1 || entry.epoch() < lastEpoch()) {
            throw new IllegalStateException("entry " + entry.index() + " of epoch " + entry.epoch() + " after "
                    + lastIndex + " of epoch " + lastEpoch());
        }
        if (runs.isEmpty() || entry.epoch() != lastEpoch()) {
            runs.add(new EpochRun(entry.index(), entry.epoch()));
        }
        if (entry.payload() instanceof VotersChanged changed) {
            voters.add(new VotersSince(entry.index(), changed.voters()));
        }
        lastIndex = entry.index();
    }

    /** The entries from {@code fromIndex} on are dropped. */
    public void truncate(long fromIndex) {
        if (fromIndex <= checkpointIndex) {
            throw new IllegalStateException("truncated at " + fromIndex + ", checkpoint at " + checkpointIndex);
        }
        lastIndex = Math.min(lastIndex, fromIndex - 1);
        runs.removeIf(run -> run.first() >= fromIndex);
        voters.removeIf(since -> since.index() >= fromIndex && since.index() > checkpointIndex);
    }

    /** A checkpoint stands for all entries up to its index. What comes after it stays if the log has that entry. */
    public void install(Checkpoint checkpoint) {
        boolean continues = hasEntry(checkpoint.index(), checkpoint.epoch());
        if (!continues) {
            runs.clear();
            lastIndex = checkpoint.index();
        }
        voters.removeIf(since -> !continues || since.index() <= checkpoint.index());
        voters.add(0, new VotersSince(checkpoint.index(), checkpoint.voters()));
        cover(checkpoint.index(), checkpoint.epoch());
    }

    /** The entries up to {@code index} need not be kept whole any more: the state after them is on stable storage. */
    void coverTo(long index) {
        if (index <= checkpointIndex) {
            return;
        }
        VotersSince then = votersSince(index);
        voters.removeIf(since -> since.index() <= index);
        voters.add(0, then);
        cover(index, epochAt(index));
    }

    private void cover(long index, long epoch) {
        while (!runs.isEmpty() && endOfFirstRun() <= index) {
            runs.remove(0);
        }
        checkpointIndex = index;
        checkpointEpoch = epoch;
    }

    private long endOfFirstRun() {
        return runs.size() > 1 ? runs.get(1).first() - 1 : lastIndex;
    }

    /** 0 for an empty log. */
    public long lastIndex() {
        return lastIndex;
    }

    /** Epoch of the last entry; 0 for an empty log. */
    public long lastEpoch() {
        return runs.isEmpty() ? checkpointEpoch : runs.get(runs.size() - 1).epoch();
    }

    /** Up to here a checkpoint stands for the entries; 0 when all are there. */
    public long checkpointIndex() {
        return checkpointIndex;
    }

    /** Who the replicas are, by the last entry that says so. */
    public Voters voters() {
        return voters.get(voters.size() - 1).voters();
    }

    /** Index of the entry that says who the replicas are; that of the checkpoint, or less, when no entry kept does. */
    long votersIndex() {
        return voters.get(voters.size() - 1).index();
    }

    /** Who the replicas were by the entries up to {@code index}, which is not before the checkpoint. */
    public Voters votersAt(long index) {
        return votersSince(index).voters();
    }

    private VotersSince votersSince(long index) {
        for (int i = voters.size() - 1; i > 0; i--) {
            if (voters.get(i).index() <= index) {
                return voters.get(i);
            }
        }
        return voters.get(0);
    }

    boolean hasEntry(long index, long epoch) {
        return index <= lastIndex && index >= checkpointIndex && epochAt(index) == epoch;
    }

    /** Epoch of the entry at {@code index}, from the checkpoint's on; 0 for 0. */
    public long epochAt(long index) {
        if (index == checkpointIndex) {
            return checkpointEpoch;
        }
        if (index < checkpointIndex || index > lastIndex) {
            throw new IllegalArgumentException("index " + index + " of " + checkpointIndex + " to " + lastIndex);
        }
        return runs.get(runOf(index)).epoch();
    }

    /** The first index, behind the checkpoint, of the entries whose epoch is that of the one at {@code index}. */
    long firstOfEpochAt(long index) {
        return Math.max(runs.get(runOf(index)).first(), checkpointIndex + 1);
    }

    private int runOf(long index) {
        int run = runs.size() - 1;
        while (runs.get(run).first() > index) {
            run--;
        }
        return run;
    }
}
