package dev.godwit.broker.amqp;

import dev.godwit.broker.runtime.EventLoop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is left of a link while it is suspended, so that it can be resumed (AMQP 1.0 §2.6.13): the deliveries that were
 * not settled. In memory only: a broker that was stopped knows nothing of them.
 *
 * <p>Owned by one event loop at a time: that of its link, and then that of the link that claims it. Nothing of it is
 * handed over while an answer is on its way to it, so no answer ever has to follow it.
 */
abstract class ResumableTerminus {
    private final ResumableLinks registry;
    private final ResumableLinks.Key key;
    private final String address;
    private final TerminusExpiry expiry;

    /** Written by the owner when it hands over; read by whoever claims. */
    private volatile EventLoop owner;

    /** An attach takes no longer to be decided about; what was claimed for it then ends. */
    private static final long CLAIMED_MAX_MILLIS = 60_000;

    private TerminusState state = TerminusState.CLAIMED;
    private @Nullable Holder holder;
    private @Nullable Runnable claimant;
    private EventLoop.@Nullable Timer timer;

    /** Where it waits, suspended, for the end of its session or connection. */
    private @Nullable SuspendedTermini waitsIn;

    /** Told when it leaves its suspension: what was its link may let go of its deliveries. */
    private @Nullable Runnable whenTaken;

    private int pending;
    private int suspensions;
    private boolean kept;

    ResumableTerminus(
            ResumableLinks registry, ResumableLinks.Key key, String address, TerminusExpiry expiry, EventLoop owner) {
        this.registry = registry;
        this.key = key;
        this.address = address;
        this.expiry = expiry;
        this.owner = owner;
    }

    /** The link that has the terminus. */
    interface Holder {
        /** The link was attached elsewhere: detach with {@code amqp:link:stolen}, and suspend the terminus. */
        void onStolen();
    }

    /** It has no link any more: what is held takes room here from now on. */
    abstract void onSuspended();

    /** Gives back what is held. */
    abstract void discard();

    EventLoop owner() {
        return owner;
    }

    /** Whether it is what the peer means: the same node, kept in the same way. */
    boolean isAt(String wished, TerminusExpiry wishedExpiry) {
        return address.equals(wished) && expiry.equals(wishedExpiry);
    }

    /** When and how long it is kept without a link. */
    TerminusExpiry expiry() {
        return expiry;
    }

    /** A link has it now. */
    void attach(Holder newHolder) {
        owner.assertCurrent();
        become(TerminusState.ATTACHED);
        cancelTimer();
        holder = newHolder;
        kept = registry.add(key, this);
    }

    /** It was claimed, and nothing came of the link that claimed it: the peer's next attempt finds it. */
    void onAbandoned() {
        owner.assertCurrent();
        if (state == TerminusState.CLAIMED) {
            cancelTimer();
            suspend();
            startExpiry();
        }
    }

    /** Its link was detached, and not closed. */
    void onDetached(BrokerSession session) {
        onDetached(session.suspended(), session.connection().suspended());
    }

    /**
     * The same.
     *
     * @param ofSession where it waits for the end of its link's session
     * @param ofConnection where it waits for the end of its link's connection
     */
    void onDetached(SuspendedTermini ofSession, SuspendedTermini ofConnection) {
        suspend();
        if (!kept) {
            end();
            return;
        }
        switch (expiry.policy()) {
            case LINK_DETACH, NEVER -> startExpiry();
            case SESSION_END -> waitIn(ofSession);
            case CONNECTION_CLOSE -> waitIn(ofConnection);
        }
        giveToClaimant();
    }

    /**
     * Its link is about to be detached.
     *
     * @param task run once, on the loop of that link, when the terminus is claimed or over; null for nothing
     */
    void whenTaken(@Nullable Runnable task) {
        whenTaken = task;
    }

    private void waitIn(SuspendedTermini termini) {
        termini.add(this);
        waitsIn = termini;
    }

    /** Its link's session ended; perhaps the whole connection. */
    void onSessionGone(BrokerSession session) {
        suspend();
        switch (expiry.policy()) {
            case LINK_DETACH, SESSION_END, NEVER -> startExpiry();
            case CONNECTION_CLOSE -> waitIn(session.connection().suspended());
        }
        giveToClaimant();
    }

    private void suspend() {
        owner.assertCurrent();
        become(TerminusState.SUSPENDED);
        suspensions++;
        holder = null;
        onSuspended();
    }

    int suspensions() {
        return suspensions;
    }

    /** The event came from which the timeout counts, unless the terminus was claimed since its suspension. */
    void onExpiryEvent(EventLoop loop, int suspension) {
        if (owner == loop && state == TerminusState.SUSPENDED && suspension == suspensions) {
            startExpiry();
        }
    }

    private void startExpiry() {
        long millis = kept ? expiry.keptMillis() : 0;
        if (millis == 0) {
            end();
        } else {
            endAfter(millis, TerminusState.SUSPENDED);
        }
    }

    private void endAfter(long millis, TerminusState unlessLeft) {
        int suspension = suspensions;
        var loop = owner;
        timer = loop.schedule(millis, () -> {
            if (owner == loop && state == unlessLeft && suspension == suspensions) {
                end();
            }
        });
    }

    /** Closed, expired, or not what the peer wants any more. */
    void end() {
        owner.assertCurrent();
        if (state != TerminusState.OVER) {
            become(TerminusState.OVER);
            cancelTimer();
            registry.remove(key, this);
            holder = null;
            discard();
            giveToClaimant();
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    /** True when nothing is kept here any more. */
    boolean isOver() {
        return state == TerminusState.OVER;
    }

    /** One more answer is on its way here. */
    void awaitAnswer() {
        pending++;
    }

    /** An answer came. */
    void onAnswer() {
        pending--;
        giveToClaimant();
    }

    /** From any loop. */
    void claim(EventLoop loop, Consumer<@Nullable ResumableTerminus> answer) {
        var asked = owner;
        if (asked == loop && loop.isCurrent()) {
            claimHere(loop, answer);
        } else {
            asked.execute(() -> {
                if (owner == asked) {
                    claimHere(loop, answer);
                } else {
                    // It has moved on meanwhile.
                    claim(loop, answer);
                }
            });
        }
    }

    private void claimHere(EventLoop loop, Consumer<@Nullable ResumableTerminus> answer) {
        if (state == TerminusState.OVER || state == TerminusState.CLAIMED || claimant != null) {
            tell(loop, answer, null);
            return;
        }
        claimant = () -> {
            if (state == TerminusState.SUSPENDED) {
                become(TerminusState.CLAIMED);
                cancelTimer();
                owner = loop;
                tell(
                        loop,
                        taken -> {
                            endAfter(CLAIMED_MAX_MILLIS, TerminusState.CLAIMED);
                            answer.accept(taken);
                        },
                        this);
            } else {
                tell(loop, answer, null);
            }
        };
        if (state == TerminusState.ATTACHED && holder != null) {
            holder.onStolen();
        } else {
            giveToClaimant();
        }
    }

    private static void tell(
            EventLoop loop, Consumer<@Nullable ResumableTerminus> answer, @Nullable ResumableTerminus claimed) {
        if (loop.isCurrent()) {
            answer.accept(claimed);
        } else {
            loop.execute(() -> answer.accept(claimed));
        }
    }

    private void giveToClaimant() {
        var waiting = claimant;
        if (waiting != null && (state == TerminusState.OVER || (state == TerminusState.SUSPENDED && pending == 0))) {
            claimant = null;
            waiting.run();
        }
    }

    private void become(TerminusState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException("terminus of " + key + ": " + state + " may not become " + next);
        }
        state = next;
        var taken = whenTaken;
        if (taken != null && next != TerminusState.SUSPENDED) {
            whenTaken = null;
            taken.run();
        }
        var termini = waitsIn;
        if (termini != null) {
            // It leaves its suspension on the loop where that began: it has not been handed over yet.
            waitsIn = null;
            termini.remove(this);
        }
    }
}
