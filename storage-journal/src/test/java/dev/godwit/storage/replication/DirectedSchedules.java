package dev.godwit.storage.replication;

import static dev.godwit.storage.replication.HandTurnedReplica.A;
import static dev.godwit.storage.replication.HandTurnedReplica.ABC;
import static dev.godwit.storage.replication.HandTurnedReplica.B;
import static dev.godwit.storage.replication.HandTurnedReplica.C;

import dev.godwit.storage.replication.HandTurnedReplica.Text;
import dev.godwit.storage.replication.ReplicaMessage.AppendRequest;
import dev.godwit.storage.replication.ReplicaMessage.AppendResponse;
import dev.godwit.storage.replication.ReplicaMessage.Heartbeat;
import dev.godwit.storage.replication.ReplicaMessage.HeartbeatResponse;
import dev.godwit.storage.replication.ReplicaMessage.VoteRequest;
import dev.godwit.storage.replication.ReplicaMessage.VoteResponse;
import java.util.List;
import java.util.Random;

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
        SimulatedCluster cluster = new SimulatedCluster(3, flaw, new Random(1));
        SimulatedNode leader = begin(cluster);
        long epoch = epochOf(leader);
        SimulatedNode other = cluster.nodes.get(cluster.nodes.get(0) == leader ? 1 : 0);
        for (SimulatedNode node : cluster.nodes) {
            cluster.network.cut(node.name, other.name);
            cluster.network.cut(other.name, node.name);
        }
        pass(cluster, 6);
        cluster.network.healLines();
        pass(cluster, 3);
        return epochOf(leader) != epoch;
    }

    /** A leader hears nobody, and all hear it. Badly: it stays, and nothing is ever committed. */
    static boolean leaderIsDeaf(Flaw flaw) {
        SimulatedCluster cluster = new SimulatedCluster(3, flaw, new Random(1));
        SimulatedNode leader = begin(cluster);
        for (SimulatedNode node : cluster.nodes) {
            cluster.network.cut(node.name, leader.name);
        }
        pass(cluster, 10);
        return cluster.nodes.stream().noneMatch(node -> node != leader && isServing(node));
    }

    private static SimulatedNode begin(SimulatedCluster cluster) {
        cluster.nodes.forEach(SimulatedNode::start);
        pass(cluster, 5);
        return cluster.nodes.stream()
                .filter(DirectedSchedules::isServing)
                .findFirst()
                .orElseThrow();
    }

    private static void pass(SimulatedCluster cluster, int seconds) {
        cluster.time.runUntil(cluster.time.nowMicros() + seconds * SECOND_MICROS);
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
