package dev.godwit.storage.replication;

import static dev.godwit.storage.replication.HandTurnedReplica.A;
import static dev.godwit.storage.replication.HandTurnedReplica.ABC;
import static dev.godwit.storage.replication.HandTurnedReplica.B;
import static dev.godwit.storage.replication.HandTurnedReplica.C;
import static dev.godwit.storage.replication.HandTurnedReplica.D;

import dev.godwit.storage.replication.HandTurnedReplica.Text;
import dev.godwit.storage.replication.ReplicaMessage.AppendRequest;
import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import dev.godwit.storage.replication.ReplicaMessage.VoteRequest;
import dev.godwit.storage.replication.ReplicaMessage.VoteResponse;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;

/** Courses of events that chance hardly ever takes. Each says whether it ended badly with the flaw that it is given. */
final class DirectedSchedules {
    private static final long SECOND_MICROS = 1_000_000;

    private DirectedSchedules() {}

    /**
     * Raft's figure 8. A, leader of epoch 4, has an entry of epoch 2 that nobody else has, and gets it to B. C has another
     * one of epoch 3 in its place, and is elected by B when A is gone. Badly: A had taken its entry for committed.
     */
    static boolean figureEight(Flaw flaw) {
        HandTurnedReplica a = HandTurnedReplica.started(A, ABC, flaw.rules(), 1, 2);
        HandTurnedReplica b = HandTurnedReplica.started(B, ABC, flaw.rules(), 1);
        HandTurnedReplica c = HandTurnedReplica.started(C, ABC, flaw.rules(), 1, 3);
        a.readAtMost = 1;
        a.receive(C, new VoteResponse(3, true, false));
        a.sync();
        a.elect(B);
        a.receive(B, new AppendResponse(a.replica.epoch(), 1, false, 2, 1));
        b.receive(A, a.last(AppendRequest.class, B));
        b.sync();
        a.receive(B, b.last(AppendResponse.class, A));
        boolean takenForCommitted = a.committed == 2;

        c.receive(A, new VoteResponse(a.replica.epoch(), true, false));
        c.sync();
        b.pass(2_100);
        c.elect(B);
        VoteRequest request = c.last(VoteRequest.class, B);
        b.receive(C, request);
        b.sync();
        boolean elected = b.last(VoteResponse.class, C).granted();
        return takenForCommitted && elected && c.replica.epochAt(2) == 3;
    }

    /**
     * A and B have committed three entries, of which A has lost two. B leads again and does not know yet how much is committed;
     * then it is gone. Badly: A elects C, which has one entry.
     */
    static boolean newLeaderKnowsLittle(Flaw flaw) {
        HandTurnedReplica a = HandTurnedReplica.damaged(A, ABC, flaw.rules(), 1);
        a.receive(B, new AppendRequest(2, 1, 1, List.of(), 1, 1));
        a.receive(B, new Heartbeat(2, 1, 1, 1, 0));
        a.sync();
        a.pass(2_100);
        a.receive(C, new VoteRequest(9, 1, 1, false, false));
        a.sync();
        return a.last(VoteResponse.class, C).granted();
    }

    /**
     * C acknowledges an entry, and loses it to damage. It is heard of again, and only then its acknowledgement arrives. Badly:
     * the entry is taken for committed, and only A has it.
     */
    static boolean lateAcknowledgement(Flaw flaw) {
        HandTurnedReplica a = HandTurnedReplica.started(A, ABC, flaw.rules()).serve(B);
        a.replica.propose(a.millis, List.of(new Text("x")));
        a.sync();
        a.receive(C, new HeartbeatResponse(a.replica.epoch(), 1, 2, 0, 0, true));
        a.receive(C, new AppendResponse(a.replica.epoch(), 1, true, 2, 0));
        return a.committed == 2;
    }

    /** A has an entry, and so has D, who learns; B and C, who have not, are a majority. Badly: the entry is taken for committed. */
    static boolean learnerAcknowledges(Flaw flaw) {
        HandTurnedReplica a = HandTurnedReplica.started(A, ABC, flaw.rules()).serve(B);
        a.answerHeartbeat(B);
        a.replica.changeVoters(a.millis, ABC.withLearner(D));
        a.sync();
        a.acknowledge(B, 2);
        a.replica.propose(a.millis, List.of(new Text("x")));
        a.sync();
        a.acknowledge(D, 3);
        return a.committed == 3;
    }

    /** B answers a heartbeat of A, and is asked by C. Badly: C is elected while A has its lease. */
    static boolean leaseIsForgotten(Flaw flaw) {
        HandTurnedReplica a = HandTurnedReplica.started(A, ABC, flaw.rules()).serve(B);
        HandTurnedReplica b = HandTurnedReplica.started(B, ABC, flaw.rules());
        b.millis = a.millis;
        b.receive(A, a.last(AppendRequest.class, B));
        b.receive(A, a.last(Heartbeat.class, B));
        b.sync();
        a.receive(B, b.last(HeartbeatResponse.class, A));
        b.receive(C, new VoteRequest(2, 1, 1, false, false));
        b.sync();
        return b.last(VoteResponse.class, C).granted() && a.replica.leaseUntilMillis() > b.millis;
    }

    /** A follower is cut off for some seconds and comes back. Badly: the leader is deposed, which all others heard. */
    static boolean followerComesBack(Flaw flaw) {
        return isDeposedByOneThatComesBack(flaw, false);
    }

    /** The same one is told again and again to contend. */
    static boolean loneFollowerIsTold(Flaw flaw) {
        return isDeposedByOneThatComesBack(flaw, true);
    }

    private static boolean isDeposedByOneThatComesBack(Flaw flaw, boolean told) {
        SimulatedCluster cluster = cluster(flaw, 1);
        SimulatedNode leader = begin(cluster);
        long epoch = epochOf(leader);
        SimulatedNode other = others(cluster, leader).get(0);
        cutOff(cluster, other);
        pass(cluster, 6, told ? List.of(other) : List.of());
        cluster.network.healLines();
        pass(cluster, 3);
        return epochOf(leader) != epoch;
    }

    /** B has answered a heartbeat of A and is told to contend; C hears nobody and would vote for it. Badly: B leads while A has its lease. */
    static boolean followerIsTold(Flaw flaw) {
        HandTurnedReplica a = HandTurnedReplica.started(A, ABC, flaw.rules()).serve(B);
        HandTurnedReplica b = HandTurnedReplica.started(B, ABC, flaw.rules());
        b.millis = a.millis;
        b.receive(A, a.last(AppendRequest.class, B));
        b.receive(A, a.last(Heartbeat.class, B));
        b.sync();
        a.receive(B, b.last(HeartbeatResponse.class, A));
        b.replica.contend(b.millis);
        b.receive(C, new VoteResponse(2, true, true));
        b.sync();
        b.receive(C, new VoteResponse(2, false, true));
        return b.replica.role() == Role.LEADER && a.replica.leaseUntilMillis() > b.millis;
    }

    /** A campaigns a second time when the vote of B for the first time arrives. Badly: it leads, and B may have voted for another by now. */
    static boolean voteIsLate(Flaw flaw) {
        HandTurnedReplica a = HandTurnedReplica.started(A, ABC, flaw.rules());
        for (int epoch = 1; epoch <= 2; epoch++) {
            a.pass(2_100);
            a.receive(B, new VoteResponse(epoch, true, true));
            a.sync();
        }
        a.receive(B, new VoteResponse(1, false, true));
        return a.replica.epoch() == 2 && a.replica.role() == Role.LEADER;
    }

    /** D, who learns, hears nobody. Badly: it is elected, and its own copy counts for nothing. */
    static boolean learnerHearsNobody(Flaw flaw) {
        HandTurnedReplica d = HandTurnedReplica.started(D, ABC.withLearner(D), flaw.rules());
        d.pass(2_100);
        elect(d, B, C);
        return d.replica.role() == Role.LEADER;
    }

    /** A stands aside while its own vote is on its way to the disk. Badly: it leads. */
    static boolean candidateStandsAside(Flaw flaw) {
        HandTurnedReplica a = HandTurnedReplica.started(A, ABC, flaw.rules());
        a.pass(2_100);
        a.receive(B, new VoteResponse(1, true, true));
        a.replica.standAside(a.millis, true);
        elect(a, B, C);
        return a.replica.role() == Role.LEADER;
    }

    /** These would vote for it, and do. */
    private static void elect(HandTurnedReplica candidate, ReplicaId... voters) {
        for (boolean trial : new boolean[] {true, false}) {
            for (ReplicaId voter : voters) {
                candidate.receive(voter, new VoteResponse(1, trial, true));
            }
            candidate.sync();
        }
    }

    /** A candidate is told to contend again before its own vote is on stable storage. Badly: the vote that it is given is worth nothing. */
    static boolean candidateIsTold(Flaw flaw) {
        HandTurnedReplica a = HandTurnedReplica.started(A, ABC, flaw.rules());
        a.pass(2_100);
        a.receive(B, new VoteResponse(1, true, true));
        a.replica.contend(a.millis);
        a.sync();
        a.receive(B, new VoteResponse(1, false, true));
        return a.replica.role() != Role.LEADER;
    }

    /** A patient one hears its leader, and then nobody for longer than others wait. Badly: it tries to lead, and was to wait for who is elected elsewhere. */
    static boolean leaderIsSilent(Flaw flaw) {
        HandTurnedReplica patient = HandTurnedReplica.patient(A, 2, flaw.rules());
        patient.receive(B, new Heartbeat(1, 1, 0, 0, 0));
        patient.sync();
        patient.pass(1_990);
        return patient.replica.role() != Role.FOLLOWER;
    }

    /** The leader is gone; of the patient others one is told to contend that was cut off and has less. Badly: the other one waits on. */
    static boolean oneIsToldThatHasLess(Flaw flaw) {
        SimulatedCluster cluster = cluster(flaw, 3);
        SimulatedNode leader = begin(cluster);
        SimulatedNode less = others(cluster, leader).get(0);
        SimulatedNode more = others(cluster, leader).get(1);
        cutOff(cluster, less);
        SimulatedNode.Run leading = Objects.requireNonNull(leader.process());
        leading.replica.propose(leading.millis(), List.of(new QueueMachine.Enqueue(1)));
        pass(cluster, 1);
        cluster.network.healLines();
        leader.crash();
        pass(cluster, 2, List.of(less));
        return !isServing(more);
    }

    /** One node stands aside, one is down. Badly: the third does not lead. */
    static boolean oneIsAsideAndOneIsDown(Flaw flaw) {
        SimulatedCluster cluster = cluster(flaw, 1);
        SimulatedNode leader = begin(cluster);
        others(cluster, leader).get(0).standAside(true);
        leader.crash();
        pass(cluster, 6);
        return !isServing(others(cluster, leader).get(1));
    }

    /** The disk of B was emptied, and a leader's word to who it was comes late. Badly: it follows who does not know it. */
    static boolean wordIsForWhoItWas(Flaw flaw) {
        HandTurnedReplica b = HandTurnedReplica.started(B, ABC, flaw.rules());
        b.replica.onMessage(b.millis, A, new ReplicaId(B.nodeId(), new UUID(1, 1)), new Heartbeat(3, 1, 0, 0, 0));
        b.sync();
        return b.replica.epoch() == 3;
    }

    /** The leader is gone; of the others one has less, and the other one stands aside. Badly: nobody ever leads. */
    static boolean whoIsAsideHasMore(Flaw flaw) {
        SimulatedCluster cluster = cluster(flaw, 1);
        SimulatedNode leader = begin(cluster);
        SimulatedNode less = others(cluster, leader).get(0);
        SimulatedNode more = others(cluster, leader).get(1);
        more.standAside(true);
        cutOff(cluster, less);
        SimulatedNode.Run leading = Objects.requireNonNull(leader.process());
        leading.replica.propose(leading.millis(), List.of(new QueueMachine.Enqueue(1)));
        pass(cluster, 1);
        leader.crash();
        cluster.network.healLines();
        pass(cluster, 8);
        return !isServing(more);
    }

    /** A leader hears nobody, and all hear it. Badly: it stays, and nothing is ever committed. */
    static boolean leaderIsDeaf(Flaw flaw) {
        SimulatedCluster cluster = cluster(flaw, 1);
        SimulatedNode leader = begin(cluster);
        for (SimulatedNode node : cluster.nodes) {
            cluster.network.cut(node.name, leader.name);
        }
        pass(cluster, 10);
        return cluster.nodes.stream().noneMatch(node -> node != leader && isServing(node));
    }

    private static SimulatedCluster cluster(Flaw flaw, int patience) {
        return new SimulatedCluster(3, flaw, new Random(1), () -> patience);
    }

    private static List<SimulatedNode> others(SimulatedCluster cluster, SimulatedNode one) {
        return cluster.nodes.stream().filter(node -> node != one).toList();
    }

    private static void cutOff(SimulatedCluster cluster, SimulatedNode one) {
        for (SimulatedNode node : others(cluster, one)) {
            cluster.network.cut(node.name, one.name);
            cluster.network.cut(one.name, node.name);
        }
    }

    private static SimulatedNode begin(SimulatedCluster cluster) {
        cluster.nodes.forEach(SimulatedNode::start);
        pass(cluster, 8);
        return cluster.nodes.stream()
                .filter(DirectedSchedules::isServing)
                .findFirst()
                .orElseThrow();
    }

    private static void pass(SimulatedCluster cluster, int seconds) {
        pass(cluster, seconds, List.of());
    }

    /** @param told to contend, again and again */
    private static void pass(SimulatedCluster cluster, int seconds, List<SimulatedNode> told) {
        for (int i = 0; i < 10 * seconds; i++) {
            cluster.time.runUntil(cluster.time.nowMicros() + SECOND_MICROS / 10);
            told.forEach(SimulatedNode::contend);
        }
    }

    private static boolean isServing(SimulatedNode node) {
        SimulatedNode.Run process = node.process();
        return process != null && process.replica.isServing();
    }

    private static long epochOf(SimulatedNode node) {
        SimulatedNode.Run process = node.process();
        return process == null ? 0 : process.replica.epoch();
    }
}
