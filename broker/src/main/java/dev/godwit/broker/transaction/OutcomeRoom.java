package dev.godwit.broker.transaction;

import java.util.concurrent.ConcurrentHashMap;

/** What the kept outcomes of each user take, with those that may yet have to be kept. Any thread; lives as long as this node serves. */
final class OutcomeRoom {
    private record Taken(int count, long bytes) {
        static final Taken NOTHING = new Taken(0, 0);
    }

    private final OutcomeLimits limits;
    private final ConcurrentHashMap<String, Taken> users = new ConcurrentHashMap<>();

    OutcomeRoom(OutcomeLimits limits) {
        this.limits = limits;
    }

    /** Room for one more; false when the user has as much as may be. */
    boolean take(String user) {
        while (true) {
            var was = users.putIfAbsent(user, new Taken(1, 0));
            if (was == null) {
                return true;
            }
            if (was.count >= limits.perUserMax() || was.bytes >= limits.bytesPerUserMax()) {
                return false;
            }
            if (users.replace(user, was, new Taken(was.count + 1, was.bytes))) {
                return true;
            }
        }
    }

    /** One for which there is room turns out to take so many bytes. */
    void grow(String user, long bytes) {
        add(user, 0, bytes);
    }

    /** One is over that took so many bytes. */
    void giveBack(String user, long bytes) {
        add(user, -1, -bytes);
    }

    private void add(String user, int count, long bytes) {
        users.compute(user, (its, was) -> {
            var before = was == null ? Taken.NOTHING : was;
            var after = new Taken(before.count + count, before.bytes + bytes);
            return after.equals(Taken.NOTHING) ? null : after;
        });
    }

    /** How many users have anything. */
    int users() {
        return users.size();
    }
}
