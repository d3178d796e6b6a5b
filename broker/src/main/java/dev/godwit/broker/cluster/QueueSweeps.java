package dev.godwit.broker.cluster;

import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.SweepDestinations;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.filter.Selector;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.Sweep;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins sweeps through queues, tells how far they are, and ends them. They are in memory alone: a restart ends them, and
 * what they have brought elsewhere is there. Any loop may ask, and hears the answer there; what is known of all sweeps is
 * owned by the control loop. Whether somebody may ask is not asked here.
 */
public final class QueueSweeps {
    private static final Logger log = LoggerFactory.getLogger(QueueSweeps.class);

    private static final int RUNNING_MAX = 100;

    /** Sweeps that have ended, and of which somebody may still want to know. */
    private static final int ENDED_MAX = 100;

    private final EventLoop control;
    private final Clock clock;
    private final LocalPlacement placement;

    /** By id. */
    private final Map<String, Running> all = new LinkedHashMap<>();

    private long lastId;

    public QueueSweeps(EventLoop control, Clock clock, LocalPlacement placement) {
        this.control = control;
        this.clock = clock;
        this.placement = placement;
    }

    /** What is asked of a queue. */
    public enum Kind {
        /** Dead letters go to where they came from. */
        REDRIVE,
        MOVE,
        COPY,
        PURGE;

        private Sweep.Work work(boolean dryRun) {
            if (dryRun) {
                return Sweep.Work.COUNT;
            }
            return switch (this) {
                case REDRIVE, MOVE -> Sweep.Work.MOVE;
                case COPY -> Sweep.Work.COPY;
                case PURGE -> Sweep.Work.REMOVE;
            };
        }
    }

    /**
     * What a sweep is to do.
     *
     * @param filter a selector; null for all messages
     * @param to the address to which messages go; null where none is named
     * @param limit so many messages at most
     * @param perSecond so many in a second at most; 0 for as fast as it goes
     * @param dryRun only counts
     */
    public record Order(
            String queue,
            Kind kind,
            @Nullable String filter,
            @Nullable String to,
            long limit,
            long perSecond,
            boolean dryRun) {}

    /**
     * What an operator sees of a sweep. Immutable.
     *
     * @param origins how many of the messages came from where, as dead letters
     */
    public record Description(
            String id,
            Order order,
            String user,
            long beganAtMillis,
            Sweep.Progress progress,
            Map<String, Long> origins) {}

    private static final class Running {
        private final String id;
        private final Order order;
        private final String user;
        private final long beganAtMillis;
        private final EventLoop owner;
        private final SweepDestinations destinations;
        private final Sweep sweep;
        private boolean ended;

        Running(
                String id,
                Order order,
                String user,
                long beganAtMillis,
                EventLoop owner,
                SweepDestinations destinations,
                Sweep sweep) {
            this.id = id;
            this.order = order;
            this.user = user;
            this.beganAtMillis = beganAtMillis;
            this.owner = owner;
            this.destinations = destinations;
            this.sweep = sweep;
        }

        /** Tells of it on the loop of its queue. */
        void describe(Consumer<Description> told) {
            owner.execute(() -> told.accept(
                    new Description(id, order, user, beganAtMillis, sweep.progress(), destinations.origins())));
        }
    }

    /**
     * Begins a sweep.
     *
     * @param maySend whether the user may bring messages to an address of that name. Any thread may ask, while it lasts
     * @param wait true to be answered when it has ended, false to be answered when it has begun
     */
    public void begin(
            Order order,
            String user,
            Predicate<String> maySend,
            boolean wait,
            EventLoop caller,
            AdministrationReply<Description> reply) {
        MessageFilter filter;
        try {
            filter = order.filter() == null ? null : Selector.parse(order.filter());
        } catch (InvalidFilterException wrong) {
            refuse(caller, reply, Refusal.INVALID, "the filter: " + wrong.getMessage());
            return;
        }
        control.execute(() -> {
            var door = placement.table().queues().get(order.queue());
            if (door == null) {
                refuse(caller, reply, Refusal.NOT_FOUND, "there is no queue '" + order.queue() + "'");
            } else if (order.to() == null) {
                begin(door, filter, order, user, maySend, wait, caller, reply);
            } else if (order.queue().equals(placement.table().meaning(order.to()))) {
                refuse(caller, reply, Refusal.INVALID, "the messages of '" + order.to() + "' are there already");
            } else if (placement.isReserved(order.to())) {
                refuse(
                        caller,
                        reply,
                        Refusal.INVALID,
                        "the name '" + order.to() + "' is kept for queues and nodes of the broker's own");
            } else {
                placement.declare(order.to(), null, user, control, new AddressReply() {
                    @Override
                    public void onFound(QueueDoor found) {
                        begin(door, filter, order, user, maySend, wait, caller, reply);
                    }

                    @Override
                    public void onTopic(TopicDoor found) {
                        begin(door, filter, order, user, maySend, wait, caller, reply);
                    }

                    @Override
                    public void onRefused(AddressReply.Refusal refusal, String description) {
                        refuse(caller, reply, AdministrationReply.Refusal.UNAVAILABLE, description);
                    }
                });
            }
        });
    }

    private void begin(
            QueueDoor door,
            @Nullable MessageFilter filter,
            Order order,
            String user,
            Predicate<String> maySend,
            boolean wait,
            EventLoop caller,
            AdministrationReply<Description> reply) {
        if (all.values().stream().filter(each -> !each.ended).count() >= RUNNING_MAX) {
            refuse(caller, reply, Refusal.UNAVAILABLE, "there are " + RUNNING_MAX + " sweeps at work: try again later");
            return;
        }
        long nowMillis = clock.nowMillis();
        var destinations = new SweepDestinations(
                placement, door.owner(), order.to(), order.kind() == Kind.REDRIVE, order.dryRun(), nowMillis, maySend);
        var plan = new Sweep.Plan(order.kind().work(order.dryRun()), filter, order.limit(), order.perSecond());
        var id = String.valueOf(++lastId);
        log.info("sweep {}: {} begins {} of queue {}", id, user, order.kind(), order.queue());
        var sweep = door.sweep(
                plan,
                destinations,
                progress -> control.execute(() -> onEnded(id, progress, answer -> {
                    if (wait) {
                        answer.describe(told -> caller.execute(() -> reply.onDone(told)));
                    }
                })));
        var running = new Running(id, order, user, nowMillis, door.owner(), destinations, sweep);
        all.put(id, running);
        if (!wait) {
            running.describe(told -> caller.execute(() -> reply.onDone(told)));
        }
    }

    private void onEnded(String id, Sweep.Progress progress, Consumer<Running> then) {
        log.info("sweep {} has ended: {}", id, progress);
        var running = all.remove(id);
        if (running == null) {
            return;
        }
        running.ended = true;
        // Behind those that ended before: the oldest of these are forgotten first.
        all.put(id, running);
        var ended = all.values().stream().filter(each -> each.ended).toList();
        if (ended.size() > ENDED_MAX) {
            all.remove(ended.get(0).id);
        }
        then.accept(running);
    }

    /** Tells of one sweep, at work or ended. */
    public void describe(String id, EventLoop caller, AdministrationReply<Description> reply) {
        find(id, caller, reply, running -> running.describe(told -> caller.execute(() -> reply.onDone(told))));
    }

    /** Ends a sweep: what is on its way gets there, and the rest stays. One that has ended is forgotten. */
    public void cancel(String id, EventLoop caller, AdministrationReply<Description> reply) {
        find(id, caller, reply, running -> {
            if (running.ended) {
                all.remove(id);
            } else {
                running.owner.execute(running.sweep::cancel);
            }
            running.describe(told -> caller.execute(() -> reply.onDone(told)));
        });
    }

    private void find(String id, EventLoop caller, AdministrationReply<Description> reply, Consumer<Running> then) {
        control.execute(() -> {
            var running = all.get(id);
            if (running == null) {
                refuse(caller, reply, Refusal.NOT_FOUND, "there is no sweep '" + id + "', or not any more");
            } else {
                then.accept(running);
            }
        });
    }

    /** Tells of all that are at work, and of the last ones that have ended, in the order in which they began. */
    public void list(EventLoop caller, Consumer<List<Description>> told) {
        control.execute(() -> {
            var wanted = List.copyOf(all.values());
            var found = new ArrayList<Description>();
            if (wanted.isEmpty()) {
                caller.execute(() -> told.accept(found));
            }
            for (var running : wanted) {
                running.describe(description -> control.execute(() -> {
                    found.add(description);
                    if (found.size() == wanted.size()) {
                        found.sort(Comparator.comparingLong(each -> Long.parseLong(each.id())));
                        caller.execute(() -> told.accept(List.copyOf(found)));
                    }
                }));
            }
        });
    }

    private static void refuse(
            EventLoop caller, AdministrationReply<Description> reply, Refusal refusal, String description) {
        caller.execute(() -> reply.onRefused(refusal, description));
    }
}
