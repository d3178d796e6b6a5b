package dev.godwit.storage.replication;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Lets messages out when what they hang on is on stable storage: the epoch that each of them carries, and the vote. Owned by
 * its {@link Replica}.
 */
final class Outbox {
    /** More than can be on their way while one write is synced. Where it is too few, the oldest are lost as on a bad line. */
    private static final int PARKED_MAX = 1_024;

    private record Parked(long sequence, ReplicaId to, ReplicaMessage message) {}

    private final StableLog stable;
    private final Rules rules;
    private final ReplicaEffects effects;
    private final Deque<Parked> parked = new ArrayDeque<>();

    Outbox(StableLog stable, Rules rules, ReplicaEffects effects) {
        this.stable = stable;
        this.rules = rules;
        this.effects = effects;
    }

    void send(ReplicaId to, ReplicaMessage message) {
        long sequence = rules.sentAfter(stable.hardStateSequence());
        if (sequence <= stable.durableSequence()) {
            effects.send(to, message);
            return;
        }
        if (parked.size() == PARKED_MAX) {
            parked.removeFirst();
        }
        parked.addLast(new Parked(sequence, to, message));
    }

    /** Whether a message waits. */
    boolean awaitsDurable() {
        return !parked.isEmpty();
    }

    void onDurable() {
        Parked first = parked.peekFirst();
        while (first != null && first.sequence() <= stable.durableSequence()) {
            parked.removeFirst();
            effects.send(first.to(), first.message());
            first = parked.peekFirst();
        }
    }
}
