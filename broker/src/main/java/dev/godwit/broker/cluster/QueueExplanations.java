package dev.godwit.broker.cluster;

import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.queue.DeliveryExplanation;
import dev.godwit.broker.queue.DeliveryQuestion;
import dev.godwit.broker.queue.IntakeBacklog;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Asks queues, and the queues of a topic's subscriptions, why messages are not given out and why they are not taken in: one
 * question of a kind at a time for each address, and one queue after the other. Any loop may ask, and hears the answer there.
 *
 * <p>Whoever asks has the right to manage what he names. An alias is not what it stands for: that right is not the same.
 */
public final class QueueExplanations {
    /** Subscriptions of one topic that are told of. */
    public static final int SUBSCRIPTIONS_MAX = 100;

    /** Questions that may wait for one address. */
    private static final int WAITING_MAX = 100;

    private final EventLoop control;
    private final LocalPlacement placement;
    private final KeyedTurns<String> deliveryTurns = new KeyedTurns<>(WAITING_MAX);
    private final KeyedTurns<String> intakeTurns = new KeyedTurns<>(WAITING_MAX);

    public QueueExplanations(EventLoop control, LocalPlacement placement) {
        this.control = control;
        this.placement = placement;
    }

    /**
     * Which queue an answer is about: that of the address, or of one of its subscriptions. Immutable.
     *
     * @param withholdsMessages true when messages in it may be of topics that are not for whoever asks: it tells of none
     */
    public record Subject(
            @Nullable String subscription, @Nullable String container, boolean withholdsMessages) {
        public boolean isSubscription() {
            return subscription != null;
        }
    }

    /** What one queue has answered. Immutable. */
    public record Explained<T>(Subject subject, T explanation) {}

    /**
     * What all have answered. Immutable.
     *
     * @param all one for a queue, or one for each subscription of a topic
     * @param complete false when there are more subscriptions than are told of
     * @param routes addresses that have to take, too, what is sent to this one: of those that whoever asks may manage
     */
    public record Answers<T>(List<Explained<T>> all, boolean complete, List<String> routes) {}

    /** How a question ended. Exactly one of the two is called, once, on the loop that asked. */
    public interface Reply<T> {
        void onExplained(Answers<T> answers);

        void onRefused(Refusal refusal, String description);
    }

    /**
     * Why messages are not given out.
     *
     * @param subscription of which subscriptions of a topic, by name; null for all
     * @param mayManage what else may be managed by whoever asks; any thread may ask it
     */
    public void ofDelivery(
            String address,
            @Nullable String subscription,
            DeliveryQuestion question,
            Predicate<String> mayManage,
            EventLoop caller,
            Reply<DeliveryExplanation> reply) {
        control.execute(() -> {
            var asked = queues(address, subscription, mayManage);
            if (asked == null) {
                refuse(address, subscription, caller, reply);
                return;
            }
            boolean complete = asked.size() <= SUBSCRIPTIONS_MAX;
            var round = new Round<DeliveryExplanation>(
                    complete ? asked : asked.subList(0, SUBSCRIPTIONS_MAX),
                    (one, told) -> one.explanation().explain(questionTo(one.subject(), question), told),
                    found -> caller.execute(() -> reply.onExplained(new Answers<>(found, complete, List.of()))));
            begin(round, deliveryTurns, address, caller, reply);
        });
    }

    private static DeliveryQuestion questionTo(Subject subject, DeliveryQuestion question) {
        return subject.withholdsMessages() ? DeliveryQuestion.ofNone() : question;
    }

    /**
     * Why messages are not confirmed that were sent there: of the queues that have not taken all.
     *
     * @param mayManage what else may be managed by whoever asks; any thread may ask it
     */
    public void ofIntake(
            String address, Predicate<String> mayManage, EventLoop caller, Reply<List<IntakeBacklog>> reply) {
        control.execute(() -> {
            var asked = queues(address, null, mayManage);
            if (asked == null) {
                refuse(address, null, caller, reply);
                return;
            }
            var routes = placement.routing().targetsFrom(address).stream()
                    .filter(mayManage)
                    .toList();
            var round = new Round<List<IntakeBacklog>>(
                    asked, (one, told) -> one.explanation().explainIntake(told), found -> {
                        var waiting = found.stream()
                                .filter(each -> !each.explanation().isEmpty())
                                .toList();
                        var told = waiting.stream().limit(SUBSCRIPTIONS_MAX).toList();
                        boolean complete = told.size() == waiting.size();
                        caller.execute(() -> reply.onExplained(new Answers<>(told, complete, routes)));
                    });
            begin(round, intakeTurns, address, caller, reply);
        });
    }

    private static void refuse(String address, @Nullable String subscription, EventLoop caller, Reply<?> reply) {
        caller.execute(() -> reply.onRefused(
                Refusal.NOT_FOUND,
                subscription == null
                        ? "there is no queue or topic '" + address + "'"
                        : "there is no subscription '" + subscription + "' of '" + address + "'"));
    }

    private static void begin(
            Round<?> round, KeyedTurns<String> turns, String address, EventLoop caller, Reply<?> reply) {
        boolean taken = turns.offer(address, round::askNext);
        if (!taken) {
            caller.execute(() -> reply.onRefused(
                    Refusal.UNAVAILABLE, "too many ask about '" + address + "' already: try again later"));
        }
    }

    /** Asks one queue after the other. Owned by the control loop; lives until all have answered. */
    private final class Round<T> {
        private final ArrayDeque<Explained<QueueDoor>> left;
        private final BiConsumer<Explained<QueueDoor>, Consumer<T>> question;
        private final Consumer<List<Explained<T>>> told;
        private final List<Explained<T>> found = new ArrayList<>();

        Round(
                List<Explained<QueueDoor>> asked,
                BiConsumer<Explained<QueueDoor>, Consumer<T>> question,
                Consumer<List<Explained<T>>> told) {
            this.left = new ArrayDeque<>(asked);
            this.question = question;
            this.told = told;
        }

        void askNext(Runnable done) {
            var next = left.pollFirst();
            if (next == null) {
                told.accept(List.copyOf(found));
                done.run();
                return;
            }
            question.accept(
                    next,
                    answer -> control.execute(() -> {
                        found.add(new Explained<>(next.subject(), answer));
                        askNext(done);
                    }));
        }
    }

    /** Null when there is no such address, or no such subscription. */
    private @Nullable List<Explained<QueueDoor>> queues(
            String address, @Nullable String subscription, Predicate<String> mayManage) {
        var table = placement.table();
        var queue = table.queues().get(address);
        if (queue != null && subscription == null) {
            return List.of(new Explained<>(new Subject(null, null, false), queue));
        }
        if (!table.topics().containsKey(address)) {
            return null;
        }
        var found = placement.subscriptionsTo(address).stream()
                .filter(each -> subscription == null || subscription.equals(each.shownName()))
                .map(each -> new Explained<>(
                        new Subject(each.shownName(), each.containerId(), !isForWhoManages(each, mayManage)),
                        each.queue()))
                .toList();
        return subscription != null && found.isEmpty() ? null : found;
    }

    /** What a pattern brings is of several topics, of which some may be gone while their messages are here. */
    private static boolean isForWhoManages(LocalSubscription subscription, Predicate<String> mayManage) {
        return !subscription.isPattern()
                || (mayManage.test(subscription.terms().topic())
                        && subscription.topics().stream().allMatch(each -> mayManage.test(each.name())));
    }
}
