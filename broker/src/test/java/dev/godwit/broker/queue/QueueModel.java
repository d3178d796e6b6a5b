package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.fail;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.PriorityMode;
import dev.godwit.broker.runtime.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a queue should do, as simply as it can be said: a list of messages, looked through from its beginning each time. The
 * queue tells it of each delivery, and it says whether that was right. See {@link QueueModelTest}, which does the same things
 * to both; who adds a feature to queues adds to both what it means.
 */
final class QueueModel {
    /** Who is given messages, or shown them. */
    static final class Consumer {
        final boolean copies;

        /** It wants only messages whose number is a multiple of this. */
        final int multiplesOf;

        /** While one of higher priority wants a message and has credit, it is not given it. */
        final int priority;

        final long openedAtStep;

        /** It asks for these, which were laid aside, and for no others; null for one that does not. */
        final @Nullable Set<Integer> fetches;

        /** Only another one is given messages. */
        boolean standsBy;

        private final Set<Integer> shown = new HashSet<>();

        Consumer(boolean copies, int multiplesOf, int priority, long openedAtStep) {
            this(copies, multiplesOf, priority, openedAtStep, null);
        }

        Consumer(boolean copies, int multiplesOf, int priority, long openedAtStep, @Nullable Set<Integer> fetches) {
            this.fetches = fetches;
            this.copies = copies;
            this.multiplesOf = multiplesOf;
            this.priority = priority;
            this.openedAtStep = openedAtStep;
        }
    }

    private static final class Item {
        private final int number;
        private final int priority;
        private final boolean durable;
        private final long expiryMillis;
        private final long cameMillis;

        /** Its group; null for none. */
        private final @Nullable String group;

        /** Given out when groups did not count. */
        private boolean outsideGroup;

        private long sinceMillis;
        private long heldAtStep = -1;
        private @Nullable Consumer holder;

        /** A consumer has laid it aside, also while another has fetched it. */
        private boolean deferred;

        /** A newer one of its stock came while somebody had it. */
        private boolean outdated;

        private final Set<Consumer> neverTo = new HashSet<>(2);

        private Item(
                int number, int priority, boolean durable, long expiryMillis, long cameMillis, @Nullable String group) {
            this.group = group;
            this.number = number;
            this.priority = priority;
            this.durable = durable;
            this.expiryMillis = expiryMillis;
            this.cameMillis = cameMillis;
            this.sinceMillis = cameMillis;
        }
    }

    private final ArrayDeque<Item> arriving = new ArrayDeque<>();

    /** In the order in which they came, those that somebody has included. */
    private final List<Item> here = new ArrayList<>();

    private final Map<Integer, Item> known = new HashMap<>();

    /** Numbers that are known when they come again: all that came, and after a restart those that the disk had. */
    private final Set<Integer> remembered = new HashSet<>();

    private final Set<Integer> committed = new HashSet<>();
    private final Clock clock;
    private PriorityMode mode;
    private long maxWaitMillis;
    private boolean exclusive;
    private final boolean keepsLastValues;
    private boolean groupsCount;
    private String fairShareKey;
    private long step;

    /** By group: who was given something of it last. */
    private final Map<String, Consumer> owners = new HashMap<>();

    /** Those that take messages, in the order in which they came. */
    private final List<Consumer> takers = new ArrayList<>();

    QueueModel(Clock clock, AddressSettings settings) {
        this.clock = clock;
        this.mode = settings.get(AddressSetting.PRIORITY_MODE);
        this.maxWaitMillis = settings.get(AddressSetting.PRIORITY_MAX_WAIT);
        this.exclusive = settings.get(AddressSetting.EXCLUSIVE_CONSUMER);
        this.keepsLastValues = !settings.get(AddressSetting.LAST_VALUE_KEY).isEmpty();
        this.groupsCount = settings.get(AddressSetting.MESSAGE_GROUPS);
        this.fairShareKey = settings.get(AddressSetting.FAIR_SHARE_KEY);
    }

    /** The message comes to the end of the line. */
    private void lineUp(Item item) {
        var stock = QueueBench.stock(item.number);
        if (keepsLastValues && stock != null) {
            here.forEach(other -> other.outdated |= stock.equals(QueueBench.stock(other.number)));
            here.removeIf(other -> other.outdated && other.holder == null);
        }
        here.add(item);
    }

    void onStep(long newStep) {
        step = newStep;
        here.removeIf(item -> item.holder == null && item.expiryMillis <= clock.nowMillis());
    }

    void apply(AddressSettings newSettings) {
        mode = newSettings.get(AddressSetting.PRIORITY_MODE);
        maxWaitMillis = newSettings.get(AddressSetting.PRIORITY_MAX_WAIT);
        exclusive = newSettings.get(AddressSetting.EXCLUSIVE_CONSUMER);
        fairShareKey = newSettings.get(AddressSetting.FAIR_SHARE_KEY);
        if (groupsCount != newSettings.get(AddressSetting.MESSAGE_GROUPS)) {
            groupsCount = !groupsCount;
            owners.clear();
            here.forEach(item -> item.outsideGroup = true);
        }
        chooseActive();
    }

    void onJoined(Consumer consumer) {
        if (!consumer.copies && consumer.fetches == null) {
            takers.add(consumer);
            consumer.standsBy = exclusive && takers.size() > 1;
        }
    }

    void onLeft(Consumer consumer) {
        takers.remove(consumer);
        chooseActive();
    }

    /** If only one is to be given messages: who is, or else the one of highest priority that came first. */
    private void chooseActive() {
        var active = takers.stream().filter(each -> !each.standsBy).findFirst().orElse(null);
        for (var each : takers) {
            if (active == null || (active.standsBy && each.priority > active.priority)) {
                active = each;
            }
        }
        for (var each : takers) {
            each.standsBy = exclusive && each != active;
        }
    }

    /** True when a message of this number would be there twice if it came in. */
    boolean remembers(int number) {
        return remembered.contains(number);
    }

    /** True of a number that is remembered if it came in a message that is kept. */
    boolean isDurable(int number) {
        return item(number).durable;
    }

    /** @param group null for none */
    void onSent(int number, int priority, boolean durable, long expiryMillis, @Nullable String group) {
        remembered.add(number);
        var item = new Item(number, priority, durable, expiryMillis, clock.nowMillis(), group);
        known.put(number, item);
        if (durable || !arriving.isEmpty()) {
            arriving.addLast(item);
        } else {
            lineUp(item);
        }
    }

    /** The disk has it: it may be seen, and what is in memory only and came behind it. */
    void onCommitted(int number) {
        var first = arriving.pollFirst();
        if (first == null || first.number != number) {
            throw new AssertionError("message " + number + " is committed out of order");
        }
        lineUp(first);
        committed.add(number);
        for (var next = arriving.peekFirst(); next != null && !next.durable; next = arriving.peekFirst()) {
            lineUp(arriving.removeFirst());
        }
    }

    private Item item(int number) {
        var item = known.get(number);
        if (item == null) {
            throw new AssertionError("nobody sent message " + number);
        }
        return item;
    }

    private boolean mayHave(Consumer consumer, Item item) {
        return item.holder == null
                && !item.deferred
                && item.expiryMillis > clock.nowMillis()
                && item.number % consumer.multiplesOf == 0
                && !item.neverTo.contains(consumer);
    }

    /** The queue has given the message to the consumer. */
    void onGiven(Consumer consumer, int number, Predicate<Consumer> haveCredit) {
        var item = item(number);
        if (!here.contains(item)) {
            fail("message %d is given, and is not here", number);
        }
        if (consumer.fetches != null) {
            if (!isThereFor(consumer, item) || !consumer.fetches.remove(number)) {
                fail("message %d is fetched, and was not to be", number);
            }
            item.holder = consumer;
            item.heldAtStep = step;
            return;
        }
        if (!mayHave(consumer, item)) {
            fail("message %d may not be given to this consumer now", number);
        }
        if (consumer.standsBy) {
            fail("message %d is given to a consumer that stands by", number);
        }
        boolean ofGroup = groupsCount && item.group != null;
        if (ofGroup && isOutElsewhere(item, consumer)) {
            fail("message %d of group %s is given, and somebody else has one of it", number, item.group);
        }
        for (var taker : takers) {
            if (!ofGroup
                    && taker.priority > consumer.priority
                    && taker.multiplesOf == 1
                    && !taker.standsBy
                    && mayHave(taker, item)
                    && haveCredit.test(taker)) {
                fail(
                        "%s: message %d is given to a consumer of priority %d past one of %d",
                        mode, number, consumer.priority, taker.priority);
            }
        }
        boolean behind = false;
        for (var other : here) {
            behind |= other == item;
            if (other != item
                    && (!groupsCount || other.group == null || other.group.equals(item.group))
                    && mayHave(consumer, other)
                    && comesBefore(other, !behind, item)) {
                fail(
                        "%s: message %d of priority %d is given before %d of priority %d (groups %s and %s)",
                        mode, number, item.priority, other.number, other.priority, item.group, other.group);
            }
        }
        item.holder = consumer;
        item.heldAtStep = step;
        item.outsideGroup = !groupsCount;
        if (ofGroup) {
            owners.put(item.group, consumer);
        }
    }

    private boolean isOutElsewhere(Item item, @Nullable Consumer consumer) {
        return here.stream()
                .anyMatch(other -> other.holder != null
                        && !other.deferred
                        && other.holder != consumer
                        && !other.outsideGroup
                        && Objects.equals(other.group, item.group));
    }

    /** False for a message that has to wait for others of its group, or for who has the group, as far as is known here. */
    private boolean isGroupFree(Consumer consumer, Item item) {
        if (!groupsCount || item.group == null) {
            return true;
        }
        var owner = owners.get(item.group);
        return (owner == null || owner == consumer || !takers.contains(owner))
                && !isOutElsewhere(item, null)
                && here.stream()
                        .noneMatch(other -> item.group.equals(other.group)
                                && !other.deferred
                                && other.number % consumer.multiplesOf == 0
                                && other.neverTo.contains(consumer));
    }

    /** What tells messages apart that are given out in turn; the same for all when none are. */
    private @Nullable Object keyOf(Item item) {
        return switch (fairShareKey) {
            case "third" -> item.number % 3 == 0;
            case "stock" -> QueueBench.stock(item.number);
            default -> null;
        };
    }

    private boolean comesBefore(Item other, boolean older, Item item) {
        boolean shares = !fairShareKey.isEmpty();
        if (other.priority == item.priority) {
            return older && Objects.equals(keyOf(other), keyOf(item));
        }
        return switch (mode) {
            case NONE -> older && !shares;
            case STRICT -> other.priority > item.priority;
            case WEIGHTED -> false;
            case AGED -> other.priority > item.priority && clock.nowMillis() - item.sinceMillis < maxWaitMillis;
        };
    }

    /** The queue has shown the message to a consumer that only looks. */
    void onShown(Consumer browser, int number) {
        var item = item(number);
        if (!here.contains(item) || !mayHave(browser, item)) {
            fail("message %d is shown, and could not be given", number);
        }
        if (!browser.shown.add(number)) {
            fail("message %d is shown for the second time", number);
        }
        boolean behind = false;
        for (var other : here) {
            behind |= other == item;
            if (other != item && isUnseen(browser, other) && isShownBefore(other, !behind, item)) {
                fail("%s: message %d is shown before %d", mode, number, other.number);
            }
        }
    }

    /** It could have been shown ever since the browser came, and has not been. */
    private boolean isUnseen(Consumer browser, Item item) {
        return mayHave(browser, item) && item.heldAtStep < browser.openedAtStep && !browser.shown.contains(item.number);
    }

    private boolean isShownBefore(Item other, boolean older, Item item) {
        if (mode == PriorityMode.NONE || other.priority == item.priority) {
            return older;
        }
        return other.priority > item.priority;
    }

    void onConsumed(int number) {
        here.remove(held(number));
    }

    void onReturned(int number, boolean neverAgain) {
        var item = held(number);
        if (neverAgain && item.holder != null) {
            item.neverTo.add(item.holder);
        }
        item.holder = null;
        item.heldAtStep = step;
        item.sinceMillis = clock.nowMillis();
        if (item.outdated) {
            here.remove(item);
        }
    }

    private boolean isThereFor(Consumer consumer, Item item) {
        return consumer.fetches != null
                && consumer.fetches.contains(item.number)
                && item.deferred
                && item.holder == null
                && item.expiryMillis > clock.nowMillis();
    }

    /** The consumer that has it lays it aside, or says that it is so no longer; before it is returned. */
    void onDeferred(int number, boolean deferred) {
        held(number).deferred = deferred;
    }

    boolean isDeferred(int number) {
        return item(number).deferred;
    }

    /** All that were laid aside and nobody has. */
    Set<Integer> deferred() {
        var found = new HashSet<Integer>();
        here.stream().filter(item -> item.deferred && item.holder == null).forEach(item -> found.add(item.number));
        return found;
    }

    /** It goes where expired messages go. */
    void onExpired(int number) {
        var item = item(number);
        if (item.expiryMillis > clock.nowMillis()) {
            fail("message %d has not expired", number);
        }
    }

    private Item held(int number) {
        var item = item(number);
        if (item.holder == null) {
            throw new AssertionError("nobody has message " + number);
        }
        return item;
    }

    void onPurged() {
        here.removeIf(item -> item.holder == null);
    }

    /**
     * The broker was killed and started again.
     *
     * @param stored numbers of the messages that it found, in order
     * @param deferred which of them were laid aside
     */
    void onRestarted(List<Integer> stored, Set<Integer> deferred) {
        var found = new HashSet<>(stored);
        for (var item : here) {
            if (item.durable && !found.contains(item.number)) {
                fail("message %d is lost", item.number);
            }
        }
        arriving.clear();
        here.clear();
        remembered.retainAll(committed);
        takers.clear();
        owners.clear();
        for (int number : stored) {
            var before = item(number);
            var item = new Item(number, before.priority, true, before.expiryMillis, before.cameMillis, before.group);
            item.deferred = deferred.contains(number);
            known.put(number, item);
            lineUp(item);
        }
        onStep(step);
    }

    /** A number that the consumer should have been given or shown; -1 for none. */
    int owedTo(Consumer consumer) {
        if (consumer.standsBy) {
            return -1;
        }
        for (var item : here) {
            if (consumer.fetches != null) {
                if (isThereFor(consumer, item)) {
                    return item.number;
                }
            } else if (consumer.copies
                    ? isUnseen(consumer, item)
                    : mayHave(consumer, item) && isGroupFree(consumer, item)) {
                return item.number;
            }
        }
        return -1;
    }

    /** All that are here. */
    List<Integer> numbers() {
        return here.stream().map(item -> item.number).toList();
    }

    /** Messages that nobody has. */
    long ready() {
        return here.stream()
                .filter(item -> item.holder == null && !item.deferred)
                .count();
    }

    boolean isEmpty() {
        return here.isEmpty() && arriving.isEmpty();
    }
}
