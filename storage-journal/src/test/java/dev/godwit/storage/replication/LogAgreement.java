package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What must be true of replicas whatever clients see: one leader in an epoch, and the same entry committed everywhere. */
final class LogAgreement {
    private final Map<Long, LogEntry> committed = new HashMap<>();
    private final Map<Long, ReplicaId> leaders = new HashMap<>();
    private final List<String> violations = new ArrayList<>();

    List<String> violations() {
        return violations;
    }

    int elections() {
        return leaders.size();
    }

    void onCommitted(String node, LogEntry entry) {
        LogEntry first = committed.putIfAbsent(entry.index(), entry);
        if (first != null && !first.equals(entry)) {
            violations.add("log: " + node + " has committed " + entry + ", another " + first);
        }
    }

    void onLeader(ReplicaId leader, long epoch) {
        ReplicaId first = leaders.putIfAbsent(epoch, leader);
        if (first != null) {
            violations.add("election: " + leader + " and " + first + " lead in epoch " + epoch);
        }
    }
}
