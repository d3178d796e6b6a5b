package dev.godwit.storage.replication;

import java.util.Collections;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The replicas of a shard.
 *
 * @param voters those whose majority decides; they are leaders and elect them
 * @param learners those that are given the log and decide nothing
 */
public record Voters(NavigableSet<ReplicaId> voters, NavigableSet<ReplicaId> learners) {
    /** Nobody: what a replica knows that has heard from no leader yet. */
    public static final Voters NONE = new Voters(new TreeSet<>(), new TreeSet<>());

    public Voters {
        voters = Collections.unmodifiableNavigableSet(new TreeSet<>(voters));
        learners = Collections.unmodifiableNavigableSet(new TreeSet<>(learners));
        if (learners.stream().anyMatch(voters::contains)) {
            throw new IllegalArgumentException("both voter and learner: " + voters + ", " + learners);
        }
    }

    /** These vote, and nobody learns. */
    public static Voters of(ReplicaId... voters) {
        return new Voters(new TreeSet<>(Set.of(voters)), new TreeSet<>());
    }

    /** With one more learner; a voter becomes one. */
    public Voters withLearner(ReplicaId id) {
        Voters others = without(id);
        NavigableSet<ReplicaId> more = new TreeSet<>(others.learners);
        more.add(id);
        return new Voters(others.voters, more);
    }

    /** With one more voter; a learner becomes one. */
    public Voters withVoter(ReplicaId id) {
        Voters others = without(id);
        NavigableSet<ReplicaId> more = new TreeSet<>(others.voters);
        more.add(id);
        return new Voters(more, others.learners);
    }

    /** Without that replica, whatever it was. */
    public Voters without(ReplicaId id) {
        NavigableSet<ReplicaId> fewerVoters = new TreeSet<>(voters);
        NavigableSet<ReplicaId> fewerLearners = new TreeSet<>(learners);
        fewerVoters.remove(id);
        fewerLearners.remove(id);
        return new Voters(fewerVoters, fewerLearners);
    }

    boolean isVoter(ReplicaId id) {
        return voters.contains(id);
    }

    boolean isSoleVoter(ReplicaId id) {
        return voters.size() == 1 && voters.contains(id);
    }

    /** How many voters came or went between these and {@code others}. */
    int changesTo(Voters others) {
        long gone = voters.stream().filter(id -> !others.voters.contains(id)).count();
        long come = others.voters.stream().filter(id -> !voters.contains(id)).count();
        return (int) (gone + come);
    }

    /** Whether two voters are of the same node: then the loss of it costs two voices. */
    boolean hasNodeTwice() {
        return voters.stream().map(ReplicaId::nodeId).distinct().count() < voters.size();
    }

    Stream<ReplicaId> all() {
        return Stream.concat(voters.stream(), learners.stream());
    }
}
