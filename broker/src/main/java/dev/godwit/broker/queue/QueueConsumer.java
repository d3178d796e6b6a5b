package dev.godwit.broker.queue;

import org.jspecify.annotations.Nullable;

/**
 * A consumer as its queue sees it: how many messages it may still be given, and which ones it has. Owned by the queue's
 * loop.
 *
 * <p>The limit is absolute, a count since the consumer came, so that credit which crosses a message on its way between
 * two loops is neither lost nor counted twice (as delivery-count + link-credit in AMQP 1.0 §2.6.7).
 */
final class QueueConsumer {
    private final Mark mark = new Mark();
    private final ConsumerPort port;
    private final int priority;

    /** What the consumer asked for. */
    private long asked;

    /** What the queue lets it have. */
    private long bound = Long.MAX_VALUE;

    /** The lower of the two. */
    private long limit;

    private long given;

    /** Messages that it has. */
    private int unsettled;

    /** Messages that it lost because their locks ran out, since it last said what became of one. */
    private int lost;

    /** True while it may be given messages: it is here, and does not only stand by. */
    private boolean active = true;

    private @Nullable QueueEntry firstHeld;
    private @Nullable QueueEntry lastHeld;

    /** True from when it asked for a drain until it was told of its end. */
    boolean draining;

    /** What looks for its messages when it does not want all of them, or only wants to look; null for most consumers. */
    @Nullable
    Seeker seeker;

    /** What it asks for when it wants messages that were laid aside, and no others; null for most consumers. */
    @Nullable
    DeferredFetch fetch;

    /** False for one that only looks. */
    boolean takes;

    /** True for one that stands beside the others. */
    boolean aside;

    /** Where it stands in a {@link ConsumerRotation}; null when it does not. */
    @Nullable
    ConsumerRank rank;

    /** Its place there, which is the rank's to change. */
    int loadClass;

    @Nullable
    QueueConsumer previousInRank;

    @Nullable
    QueueConsumer nextInRank;

    /** The groups that it has; null when it never had any. */
    private @Nullable GroupShare share;

    QueueConsumer(ConsumerPort port, int priority) {
        this.port = port;
        this.priority = priority;
    }

    /** Stands for whoever had messages when the broker stopped. */
    static QueueConsumer ofEarlierRun() {
        var consumer = new QueueConsumer(Departed.PORT, 0);
        consumer.aside = true;
        consumer.leave();
        return consumer;
    }

    /** Hears nothing, for it is not here. */
    private enum Departed implements ConsumerPort {
        PORT;

        @Override
        public void onMessage(QueueEntry entry) {
            throw new IllegalStateException("a consumer of an earlier run is given nothing");
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }

    /** Stands for a consumer where it may be remembered for longer than it is here, and holds nothing of it. */
    static final class Mark {
        private boolean gone;

        boolean isGone() {
            return gone;
        }
    }

    Mark mark() {
        return mark;
    }

    ConsumerPort port() {
        return port;
    }

    /** The higher ones are served first. */
    int priority() {
        return priority;
    }

    boolean hasCredit() {
        return active && given < limit;
    }

    /** How many messages it may be given now. */
    long credit() {
        return active ? limit - given : 0;
    }

    /** Others are given messages, and it is not, until it is told otherwise. */
    void standBy(boolean standsBy) {
        active = !standsBy && !mark.gone;
    }

    boolean standsBy() {
        return !active && !mark.gone;
    }

    /** Why it is given nothing, whatever there is for it; null when it could be. */
    @Nullable
    WaitingReason obstacle() {
        if (standsBy()) {
            return WaitingReason.EXCLUSIVE_CONSUMER;
        }
        return hasCredit() ? null : WaitingReason.NO_CREDIT;
    }

    /** The groups that it has. */
    GroupShare share() {
        if (share == null) {
            share = new GroupShare();
        }
        return share;
    }

    /** The same; null when it never had any. */
    @Nullable
    GroupShare shareOrNull() {
        return share;
    }

    /** How many it was given and has no more, whatever became of them. */
    long settled() {
        return given - unsettled;
    }

    /** How many messages it has. */
    int unsettled() {
        return unsettled;
    }

    /** How much it has to do: what it did not get done in time counts, until it gets something done. */
    int load() {
        return unsettled + lost;
    }

    /** It is about to lose a message because its lock has run out. */
    void fallBehind() {
        lost++;
    }

    /** It says what becomes of a message that it has. */
    void catchUp() {
        lost = 0;
    }

    boolean isGone() {
        return mark.gone;
    }

    void setLimit(long newLimit) {
        asked = newLimit;
        limit = Math.min(asked, bound);
    }

    /** It may be given so many more at most, whatever it asks for; {@link Long#MAX_VALUE} for as many as it asks for. */
    void allow(long more) {
        bound = more == Long.MAX_VALUE ? more : given + more;
        limit = Math.min(asked, bound);
    }

    /** Gives back the credit that was not used. */
    void spendCredit() {
        asked = given;
        limit = Math.min(asked, bound);
    }

    void leave() {
        mark.gone = true;
        active = false;
    }

    /** It was shown a message. */
    void see() {
        given++;
    }

    void hold(QueueEntry entry) {
        given++;
        holdAgain(entry);
    }

    /** It is here once more, without having been given anew. */
    void holdAgain(QueueEntry entry) {
        unsettled++;
        entry.holder = this;
        entry.previousHeld = lastHeld;
        entry.nextHeld = null;
        if (lastHeld == null) {
            firstHeld = entry;
        } else {
            lastHeld.nextHeld = entry;
        }
        lastHeld = entry;
    }

    void letGo(QueueEntry entry) {
        if (entry.previousHeld == null) {
            firstHeld = entry.nextHeld;
        } else {
            entry.previousHeld.nextHeld = entry.nextHeld;
        }
        if (entry.nextHeld == null) {
            lastHeld = entry.previousHeld;
        } else {
            entry.nextHeld.previousHeld = entry.previousHeld;
        }
        entry.holder = null;
        entry.previousHeld = null;
        entry.nextHeld = null;
        unsettled--;
        if (rank != null) {
            rank.onSettled(this);
        }
    }

    /** The oldest message it has not settled; null when there is none. */
    @Nullable
    QueueEntry firstHeld() {
        return firstHeld;
    }
}
