package dev.godwit.storage.replication;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a leader does for clients: takes messages, gives each out once, answers after the commit. It ends with the role. */
final class QueueService {
    /** A message that a consumer has. Another delivery of it has another number. */
    record Delivery(QueueService service, int term, int number, long index, int message) {}

    private final SimulatedNode.Run process;
    private final TreeMap<Long, Runnable> parked = new TreeMap<>();
    private final Map<Long, Delivery> held = new HashMap<>();
    private final Set<Long> leaving = new HashSet<>();
    private int term;
    private int deliveries;

    QueueService(SimulatedNode.Run process) {
        this.process = process;
    }

    SimulatedNode.Run process() {
        return process;
    }

    int term() {
        return term;
    }

    /** Whether what began in {@code term} can go on. */
    boolean isOpen(int inTerm) {
        return term == inTerm && process.isOpen();
    }

    void propose(List<Payload> payloads, Runnable onCommitted) {
        long first = process.replica.propose(process.millis(), payloads);
        parked.put(first + payloads.size() - 1, onCommitted);
    }

    /** Null when there is nothing that may be given out. */
    @Nullable
    Delivery deliver() {
        if (!process.mayDeliver()) {
            return null;
        }
        Map.Entry<Long, Integer> next = process.machine().firstFrom(0);
        while (next != null && (held.containsKey(next.getKey()) || leaving.contains(next.getKey()))) {
            next = process.machine().firstFrom(next.getKey() + 1);
        }
        if (next == null) {
            return null;
        }
        Delivery delivery = new Delivery(this, term, ++deliveries, next.getKey(), next.getValue());
        held.put(delivery.index(), delivery);
        return delivery;
    }

    /** Whether the consumer has it still. */
    boolean isHeld(Delivery delivery) {
        return isOpen(delivery.term()) && delivery.equals(held.get(delivery.index()));
    }

    /** The message goes back to the queue. */
    void release(Delivery delivery) {
        held.remove(delivery.index(), delivery);
    }

    /** All that consumers have goes back, but what they have settled. */
    void releaseAll() {
        held.clear();
    }

    /** Settled, not confirmed: it may be gone, so it is not given out again. */
    void leave(Delivery delivery) {
        held.remove(delivery.index(), delivery);
        leaving.add(delivery.index());
    }

    boolean isIdle() {
        return parked.isEmpty() && process.machine().ready().isEmpty();
    }

    void onCommitted(long index) {
        Map<Long, Runnable> answered = parked.headMap(index, true);
        List.copyOf(answered.values()).forEach(Runnable::run);
        answered.clear();
    }

    /** Nobody knows what becomes of what was not answered. */
    void end() {
        term++;
        parked.clear();
        held.clear();
        leaving.clear();
    }
}
