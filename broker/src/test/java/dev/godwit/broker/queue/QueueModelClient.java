package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.Deferral;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A consumer of both. */
final class QueueModelClient implements ConsumerPort {
    private final QueueModelRun run;
    final QueueModel.Consumer who;
    final List<QueueEntry> entries = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();

    /** What was taken away. */
    private final List<QueueEntry> late = new ArrayList<>();

    private final ConsumerDoor door;
    private long received;
    private long limit;
    private boolean draining;
    private boolean gone;

    QueueModelClient(QueueModelRun run, QueueModel.Consumer who) {
        this.run = run;
        this.who = who;
        var opened = new ArrayList<ConsumerDoor>();
        var interest = who.fetches == null
                ? new Interest(filter(), who.copies, who.priority)
                : Interest.inDeferred(
                        who.fetches.stream()
                                .map(number -> Objects.requireNonNull(run.sequenceNumbers.get(number)))
                                .toList(),
                        false);
        run.bench.loop.run(
                () -> opened.add(new QueueDoor(run.bench.queue).openConsumer(run.bench.loop, this, interest)));
        door = opened.get(0);
    }

    private @Nullable MessageFilter filter() {
        return who.multiplesOf == 1 ? null : QueueBench.selector("third");
    }

    boolean hasCredit() {
        return received < limit;
    }

    void grant(int credit) {
        if (draining) {
            return;
        }
        limit = received + credit;
        if (run.random.nextInt(5) == 0) {
            draining = true;
            run.bench.loop.run(() -> door.drain(limit));
        } else {
            run.bench.loop.run(() -> door.setLimit(limit));
        }
    }

    @Override
    public void onMessage(QueueEntry entry) {
        if (gone) {
            return;
        }
        received++;
        run.deliveries++;
        assertThat(received).isLessThanOrEqualTo(limit);
        var message = entry.message();
        if (message == null) {
            throw new AssertionError("a message came without its bytes");
        }
        int number = QueueBench.number(message);
        if (who.copies) {
            run.model.onShown(who, number);
            return;
        }
        assertThat(run.bench.queue.statistics().breaker().state()).isNotEqualTo(BreakerState.OPEN);
        run.model.onGiven(who, number, run::hasCredit);
        run.fetches += who.fetches == null ? 0 : 1;
        entries.add(entry);
        numbers.add(number);
        if (run.random.nextInt(5) > 0) {
            entry.takeMessage();
            entry.onSent();
        }
    }

    @Override
    public void onDrained() {
        if (!gone) {
            assertThat(draining).isTrue();
            draining = false;
            limit = received;
        }
    }

    @Override
    public void onQueueDeleted() {}

    @Override
    public void onLockLost(QueueEntry entry) {
        lose(entry);
    }

    @Override
    public void onHeldTooLong(QueueEntry entry, long heldMillis) {
        if (!gone) {
            lose(entry);
            run.clients.remove(this);
            forgetAll();
            door.leave();
        }
    }

    private void lose(QueueEntry entry) {
        int place = entries.indexOf(entry);
        if (place >= 0) {
            run.losses++;
            late.add(entries.remove(place));
            run.model.onReturned(numbers.remove(place), false);
        }
    }

    /** Speaks of a message that was taken away: nothing comes of that. */
    private void settleLate() {
        var entry = late.remove(run.random.nextInt(late.size()));
        switch (run.random.nextInt(4)) {
            case 0 -> run.bench.loop.run(() -> door.consume(entry));
            case 1 -> run.bench.loop.run(() -> door.giveBack(entry, true, true));
            case 2 -> run.bench.loop.run(() -> door.reject(entry, null));
            default -> renew(entry);
        }
    }

    /** A consumer asks for more time, which it gets as long as it has the message. */
    private void renew(QueueEntry entry) {
        var hold = entry.hold();
        var token = hold == null ? null : hold.token();
        if (token == null) {
            return;
        }
        boolean holds = entries.contains(entry);
        new QueueDoor(run.bench.queue)
                .renewLocks(List.of(token), until -> assertThat(until != null).isEqualTo(holds));
        run.bench.loop.runTasks();
    }

    void settleOne() {
        if (!late.isEmpty() && run.random.nextInt(3) == 0) {
            settleLate();
        }
        if (entries.isEmpty()) {
            return;
        }
        int place = run.random.nextInt(entries.size());
        if (run.random.nextInt(10) == 0) {
            renew(entries.get(place));
            return;
        }
        var entry = entries.remove(place);
        int number = numbers.remove(place);
        int how = run.random.nextInt(10);
        boolean defers = run.random.nextBoolean();
        if (how < 2 && (defers || run.model.isDeferred(number))) {
            boolean mayDefer = run.settings.get(AddressSetting.DEFERRAL) != Deferral.OFF;
            if (mayDefer || run.model.isDeferred(number)) {
                run.model.onDeferred(number, defers);
                run.sequenceNumbers.put(number, entry.sequenceNumber());
            }
            run.model.onReturned(number, false);
            run.bench.loop.run(
                    () -> door.giveBack(entry, how == 0, false, Map.of(Symbol.of("x-opt-deferred"), defers)));
        } else if (how < 7) {
            run.model.onConsumed(number);
            run.bench.loop.run(() -> door.consume(entry));
        } else {
            boolean neverAgain = how == 9;
            // What was laid aside stays so, for all.
            run.model.onReturned(number, neverAgain && !run.model.isDeferred(number));
            run.bench.loop.run(() -> door.giveBack(entry, how == 8, neverAgain));
        }
    }

    void settleAll() {
        while (!entries.isEmpty()) {
            var entry = entries.remove(0);
            run.model.onConsumed(numbers.remove(0));
            run.bench.loop.run(() -> door.consume(entry));
        }
    }

    void leave() {
        forgetAll();
        run.bench.loop.run(door::leave);
    }

    private void forgetAll() {
        numbers.forEach(number -> run.model.onReturned(number, false));
        run.model.onLeft(who);
        forget();
    }

    /** The broker is not there any more. */
    void forget() {
        gone = true;
        entries.clear();
        numbers.clear();
        late.clear();
    }
}
