package dev.godwit.storage.replication;

import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** What the majority of the voters has reached. */
final class Majority {
    private final Rules rules;

    Majority(Rules rules) {
        this.rules = rules;
    }

    /** The greatest number that at least {@code needed} voters have reached; 0 when there are not so many. */
    long reached(Voters voters, int needed, ToLongFunction<ReplicaId> progress) {
        long[] numbers = voters.all()
                .filter(id -> rules.counts(id, voters))
                .mapToLong(progress)
                .sorted()
                .toArray();
        return needed > numbers.length ? 0 : numbers[numbers.length - needed];
    }

    boolean isWon(Voters voters, Predicate<ReplicaId> hasGranted) {
        int needed = rules.majority(voters.voters().size());
        return reached(voters, needed, id -> hasGranted.test(id) ? 1 : 0) == 1;
    }
}
