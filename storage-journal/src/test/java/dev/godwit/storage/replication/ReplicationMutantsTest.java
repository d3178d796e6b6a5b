package dev.godwit.storage.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Each rule is broken in turn, and found out: by chance, in one of 5,000 worlds at most, or by a course of events made for it. To
 * search from another seed on: {@code -Dgodwit.simulation.seed=<seed>}.
 */
class ReplicationMutantsTest {
    private static final int SEEDS_MAX = Integer.getInteger("godwit.simulation.mutantSeeds", 5_000);
    private static final @Nullable Long SEED = Long.getLong("godwit.simulation.seed");

    /** What chance hardly ever finds, or what breaks no promise but holds everybody up. */
    private static final Map<Flaw, Predicate<Flaw>> DIRECTED = new EnumMap<>(Map.ofEntries(
            Map.entry(Flaw.VOTES_WHILE_LEADER_IS_HEARD, DirectedSchedules::leaseIsForgotten),
            Map.entry(Flaw.OLD_EPOCHS_COUNTED, DirectedSchedules::figureEight),
            Map.entry(Flaw.REPAIRED_TOO_EARLY, DirectedSchedules::newLeaderKnowsLittle),
            Map.entry(Flaw.LEARNERS_COUNT, DirectedSchedules::learnerAcknowledges),
            Map.entry(Flaw.OLD_STARTS_COUNT, DirectedSchedules::lateAcknowledgement),
            Map.entry(Flaw.NO_TRIAL, DirectedSchedules::followerComesBack),
            Map.entry(Flaw.DEAF_LEADER_STAYS, DirectedSchedules::leaderIsDeaf),
            Map.entry(Flaw.HEARS_FOR_WHO_IT_WAS, DirectedSchedules::wordIsForWhoItWas),
            Map.entry(Flaw.OLD_VOTES_COUNT, DirectedSchedules::voteIsLate),
            Map.entry(Flaw.ANYBODY_CAMPAIGNS, DirectedSchedules::learnerHearsNobody),
            Map.entry(Flaw.CAMPAIGNS_ON_ASIDE, DirectedSchedules::candidateStandsAside),
            Map.entry(Flaw.CONTENDS_WHILE_LEADER_IS_HEARD, DirectedSchedules::followerIsTold),
            Map.entry(Flaw.CONTENDS_WITHOUT_TRIAL, DirectedSchedules::loneFollowerIsTold),
            Map.entry(Flaw.CANDIDATE_BEGINS_ANEW, DirectedSchedules::candidateIsTold),
            Map.entry(Flaw.NO_PATIENCE, DirectedSchedules::leaderIsSilent),
            Map.entry(Flaw.WAITS_FOR_WHO_HAS_LESS, DirectedSchedules::oneIsToldThatHasLess),
            Map.entry(Flaw.ASIDE_VOTES_FOR_NOBODY, DirectedSchedules::oneIsAsideAndOneIsDown),
            Map.entry(Flaw.NEVER_NEEDED, DirectedSchedules::whoIsAsideHasMore)));

    /** Where a world lies, not far behind, that finds out what chance finds seldom: so that a build takes seconds. */
    private static final Map<Flaw, Long> NEAR = new EnumMap<>(Map.of(
            Flaw.LEASE_FROM_ANSWER, 485L,
            Flaw.LEASE_SURVIVES_TRANSFER, 240L,
            Flaw.TRIALS_ELECT, 360L,
            Flaw.VOTES_BY_LENGTH, 310L,
            Flaw.CHANGES_AT_ONCE, 220L));

    @Test
    void finishesEachScheduleWellWithoutAFlaw() {
        DIRECTED.forEach((flaw, schedule) ->
                assertThat(schedule.test(Flaw.NONE)).as("schedule of " + flaw).isFalse());
    }

    @Test
    void findsEachMutant() {
        Set<Flaw> planted = EnumSet.complementOf(EnumSet.of(Flaw.NONE));
        List<Flaw> missed = new ArrayList<>();
        for (Flaw flaw : planted) {
            Predicate<Flaw> schedule = DIRECTED.get(flaw);
            boolean found = schedule != null ? schedule.test(flaw) : isFoundByChance(flaw);
            if (schedule != null) {
                System.out.println("mutant " + flaw + ": " + (found ? "caught" : "MISSED") + " by its schedule");
            }
            if (!found) {
                missed.add(flaw);
            }
        }
        System.out.printf("mutants: caught %d/%d planted%n", planted.size() - missed.size(), planted.size());
        assertThat(missed).isEmpty();
    }

    private static boolean isFoundByChance(Flaw flaw) {
        long first = SEED != null ? SEED : NEAR.getOrDefault(flaw, 1L);
        for (long seed = first; seed < first + SEEDS_MAX; seed++) {
            Simulation.Result result = Simulation.run(seed, flaw);
            if (!result.isGood()) {
                String how = result.violations().isEmpty()
                        ? "not live"
                        : result.violations().get(0);
                System.out.printf("mutant %s: caught by seed %d, number %d: %s%n", flaw, seed, seed - first + 1, how);
                return true;
            }
        }
        System.out.printf("mutant %s: MISSED in %d seeds%n", flaw, SEEDS_MAX);
        return false;
    }
}
