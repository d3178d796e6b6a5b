package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.replica.ShardCopyStatus;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import dev.godwit.storage.replication.Voters;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who can lead in the place of a node, and why others cannot. */
class HeirsTest {
    private static final long COMMITTED = 1_000_000;
    private static final ReplicaId N1 = replica("n1");
    private static final ReplicaId N2 = replica("n2");
    private static final ReplicaId N3 = replica("n3");
    private static final Voters ALL = Voters.of(N1, N2, N3);
    private static final ShardCopyStatus FOLLOWED =
            new ShardCopyStatus(Role.FOLLOWER, 7, N2, false, 1, 1, 1, 0, ALL, true, false, Map.of(), 0);

    private static ReplicaId replica(String name) {
        return new ReplicaId(name, new UUID(0, 1));
    }

    private static ShardCopyStatus led(Voters voters, Map<ReplicaId, Long> matched) {
        return new ShardCopyStatus(
                Role.LEADER, 7, N1, true, COMMITTED, COMMITTED, COMMITTED, 0, voters, true, false, matched, 0);
    }

    private static Heirs heirs(Set<ReplicaId> reached, Set<String> resting, ShardCopyStatus... shards) {
        return new Heirs(
                List.of(shards),
                N1,
                reached,
                Set.of("n1", "n2", "n3"),
                resting.stream().sorted().toList());
    }

    private static Heirs ofVoters(int count, String... resting) {
        var voters = new ReplicaId[count];
        for (int each = 0; each < count; each++) {
            voters[each] = replica("n" + (each + 1));
        }
        return heirs(Set.of(), Set.of(resting), led(Voters.of(voters), Map.of()));
    }

    @Test
    void isWhoIsLeastBehindOverAllShards() {
        var first = led(ALL, Map.of(N2, COMMITTED, N3, COMMITTED - 5));
        var second = led(ALL, Map.of(N2, COMMITTED - 10, N3, COMMITTED));
        assertThat(heirs(Set.of(N2, N3), Set.of(), first, second).best(null)).isEqualTo(N3);
    }

    @Test
    void isNobodyWhoRestsOrIsNotConnectedOrBehind() {
        var first = led(ALL, Map.of(N2, COMMITTED, N3, COMMITTED));
        var second = led(ALL, Map.of(N2, COMMITTED - 20_000, N3, COMMITTED));
        var heirs = heirs(Set.of(N2), Set.of(), first, second);
        assertThat(heirs.best(null)).isNull();
        assertThat(heirs.obstacles()).isEqualTo("n2 is 20000 entries behind in shard 1; n3 is not connected");
        assertThat(heirs(Set.of(N2, N3), Set.of("n3"), first, second).obstacle(N3))
                .isEqualTo("rests");
        assertThat(heirs(Set.of(N2, N3), Set.of(), first, second).best(null)).isEqualTo(N3);
    }

    @Test
    void isNobodyWhoDoesNotVoteEverywhere() {
        var matched = Map.of(N2, COMMITTED);
        var heirs = heirs(Set.of(N2), Set.of(), led(Voters.of(N1, N2), matched), led(Voters.of(N1), matched));
        assertThat(heirs.best(null)).isNull();
        assertThat(heirs.obstacles()).isEqualTo("n2 does not vote on shard 1");
    }

    @Test
    void isNobodyWhereOneNodeKeepsAll() {
        var heirs = ofVoters(1);
        assertThat(heirs.best(null)).isNull();
        assertThat(heirs.obstacles()).isEqualTo("no other node keeps copies");
    }

    @Test
    void isNotKnownToWhoDoesNotLeadAll() {
        var led = led(ALL, Map.of());
        assertThat(heirs(Set.of(), Set.of(), led, led).isKnown()).isTrue();
        assertThat(heirs(Set.of(), Set.of(), led, FOLLOWED).isKnown()).isFalse();
    }

    /** Half-way, when some shards are led elsewhere already. */
    @Test
    void isWhoCanTakeOverWhatIsLedHere() {
        var led = led(ALL, Map.of(N2, COMMITTED, N3, COMMITTED - 20_000));
        var heirs = heirs(Set.of(N2, N3), Set.of(), led, FOLLOWED);
        assertThat(heirs.obstacle(N2)).isNull();
        assertThat(heirs.best(null)).isEqualTo(N2);
        assertThat(heirs.obstacle(N3)).isEqualTo("is 20000 entries behind in shard 0");
    }

    @Test
    void isSomebodyElseThanWhoWasTriedIfThereIsSomebody() {
        var led = led(ALL, Map.of(N2, COMMITTED, N3, COMMITTED - 5));
        assertThat(heirs(Set.of(N2, N3), Set.of(), led).best(N2)).isEqualTo(N3);
        assertThat(heirs(Set.of(N2), Set.of(), led).best(N2)).isEqualTo(N2);
    }

    @Test
    void isNobodyOfWhomItIsNotKnownWhetherHeRests() {
        var led = led(ALL, Map.of(N2, COMMITTED, N3, COMMITTED));
        var heirs = new Heirs(List.of(led), N1, Set.of(N2, N3), Set.of("n3"), List.of());
        assertThat(heirs.best(null)).isEqualTo(N3);
        assertThat(heirs.obstacle(N2)).isEqualTo("has not said yet whether it may lead");
    }

    @Test
    void saysWhoRestsThatIsOneTooMany() {
        var led = led(ALL, Map.of());
        var none = new Heirs(List.of(led), N1, Set.of(), Set.of(), List.of("n3", "n9"));
        assertThat(none.oneTooMany()).isNull();
        assertThat(none.andResting(List.of("n3", "n2")).oneTooMany())
                .as("the last one")
                .isEqualTo("n2");
    }

    @Test
    void leavesSomebodyOfEachMajorityWhoMayLead() {
        assertThat(ofVoters(1).mayRest("n1")).isFalse();
        assertThat(ofVoters(2).mayRest("n2")).isTrue();
        assertThat(ofVoters(2, "n1").mayRest("n2")).isFalse();
        assertThat(ofVoters(3).mayRest("n2")).isTrue();
        assertThat(ofVoters(3, "n2").mayRest("n2")).as("it does already").isTrue();
        assertThat(ofVoters(3, "n1").mayRest("n2")).isFalse();
        assertThat(ofVoters(3, "n9").mayRest("n2"))
                .as("who keeps no copies does not count")
                .isTrue();
        assertThat(ofVoters(5, "n1").mayRest("n2")).isTrue();
        assertThat(ofVoters(5, "n1", "n3").mayRest("n2")).isFalse();
        assertThat(ofVoters(5, "n1", "n3").othersAtRest("n2")).containsExactly("n1", "n3");
    }
}
