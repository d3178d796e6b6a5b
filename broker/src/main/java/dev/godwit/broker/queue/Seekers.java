package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The consumers of a queue that want only some of its messages, or only look. They are served before those who take
 * whatever is first, a message each in turn, for a bounded time. Owned by the queue's loop.
 */
final class Seekers {
    /** What seekers need of their queue. */
    interface Giving {
        /** Takes a message out of the line. */
        QueueEntry takeFromLine(long sequence, @Nullable Message message);

        /** A message that stays in line. */
        QueueEntry inLine(long sequence, @Nullable Message message);

        /** Takes a message from those that came back. */
        void takeReturned(QueueEntry entry);

        void give(QueueEntry entry, QueueConsumer consumer, long nowMillis);

        /** A message has a group: all who take messages go by that from now on. */
        void onGroup();
    }

    private final Lanes lanes;
    private final QueueLog journal;
    private final MessageMemory memory;
    private final Runnable wake;
    private final Giving giving;
    private final MessageGroups groups;
    private final List<Seeker> all = new ArrayList<>();
    private final ArrayDeque<Seeker> moving = new ArrayDeque<>(1);
    private final Effort effort;
    private int firstInTurn;

    /** @param wake posts a turn of the queue */
    Seekers(
            Lanes lanes,
            QueueLog journal,
            MessageMemory memory,
            Clock clock,
            Runnable wake,
            Giving giving,
            MessageGroups groups) {
        this.groups = groups;
        this.lanes = lanes;
        this.journal = journal;
        this.memory = memory;
        this.wake = wake;
        this.giving = giving;
        this.effort = new Effort(clock);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** A consumer that does not want everything, or any where messages have groups. */
    void add(QueueConsumer consumer, Interest interest) {
        consumer.seeker = interest.copies() ? browsing(consumer, interest) : selection(interest);
    }

    private Seeker browsing(QueueConsumer consumer, Interest interest) {
        var browsing = new Browsing(consumer, cursors(interest), LaneTurns.ofLooks(lanes), giving);
        all.add(browsing);
        return browsing;
    }

    private Seeker selection(Interest interest) {
        var filter = interest.filter();
        for (var seeker : all) {
            if (seeker instanceof Selection selection && Objects.equals(selection.filter(), filter)) {
                selection.add();
                return selection;
            }
        }
        var selection = new Selection(filter, lanes, cursors(interest), giving, groups);
        selection.add();
        all.add(selection);
        return selection;
    }

    private LaneCursors cursors(Interest interest) {
        boolean takes = !interest.copies();
        return new LaneCursors(
                lanes, journal, memory, wake, interest.filter(), takes, effort, takes && !interest.aside());
    }

    /** Forgets a consumer that left. */
    void remove(QueueConsumer consumer, Seeker seeker) {
        if (seeker.remove(consumer)) {
            all.remove(seeker);
            seeker.letGo();
        }
    }

    /** What is known of groups does not hold any more. */
    void startAgain() {
        all.forEach(Seeker::startAgain);
    }

    int takers() {
        int count = 0;
        for (var seeker : all) {
            count += seeker.hasTaker() ? 1 : 0;
        }
        return count;
    }

    /** A message came back from a consumer. */
    void onReturned(long sequence) {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).onReturned(sequence);
        }
    }

    /** A message left the line that nobody has had. */
    void onSteppedAside(long sequence) {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).cursors().onSteppedAside(sequence);
        }
    }

    /** The highest priority below this one of which somebody has credit; {@link Long#MIN_VALUE} for none. */
    long takersPriorityBelow(long priority) {
        long found = Long.MIN_VALUE;
        for (var seeker : all) {
            found = Math.max(found, seeker.takersPriorityBelow(priority));
        }
        return found;
    }

    /** Consumers of lower priority than this are given nothing from now on. */
    void showDownTo(long priority) {
        for (var seeker : all) {
            seeker.showDownTo(priority);
        }
    }

    /** True when consumers with credit that want everything have not been given all that there is for them. */
    boolean mayHaveMoreForAll() {
        for (var seeker : all) {
            if (seeker instanceof Selection selection && selection.filter() == null && selection.mayHaveMore()) {
                return true;
            }
        }
        return false;
    }

    /** A turn begins. */
    void begin() {
        effort.begin();
    }

    /** Serves them; true when there may be more to do at once, in another turn. */
    boolean run(long nowMillis) {
        firstInTurn = all.isEmpty() ? 0 : (firstInTurn + 1) % all.size();
        for (int i = 0; i < all.size(); i++) {
            var seeker = all.get((firstInTurn + i) % all.size());
            seeker.onTurn();
            moving.addLast(seeker);
        }
        int left = Dispatch.ROUND_MAX;
        boolean tired = false;
        try {
            while (!moving.isEmpty() && left > 0 && !tired) {
                var seeker = moving.removeFirst();
                switch (seeker.step(nowMillis, effort)) {
                    case MOVED -> {
                        moving.addLast(seeker);
                        left--;
                    }
                    case TIRED -> tired = true;
                    case RESTS -> rest(seeker);
                }
            }
            return tired || !moving.isEmpty();
        } finally {
            moving.clear();
        }
    }

    private void rest(Seeker seeker) {
        if (memory.isHotFull() && seeker.takersPriorityBelow(Long.MAX_VALUE) == Long.MIN_VALUE) {
            seeker.letGo();
        }
    }
}
