package dev.godwit.broker.cluster;

import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.queue.DeliveryExplanation;
import dev.godwit.broker.queue.DeliveryQuestion;
import dev.godwit.broker.queue.IntakeBacklog;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks queues, and the queues of a topic's subscriptions, why messages are not given out and why they are not taken in. Any
 * loop may ask, and hears the answer there. Whether somebody may ask is not asked here.
 */
public final class QueueExplanations {
    /** Subscriptions of one topic that are asked. */
    public static final int SUBSCRIPTIONS_MAX = 100;

    private final EventLoop control;
    private final LocalPlacement placement;

    public QueueExplanations(EventLoop control, LocalPlacement placement) {
        this.control = control;
        this.placement = placement;
    }

    /** Which queue an answer is about: that of the address, or of one of its subscriptions. Immutable. */
    public record Subject(
            String address,
            @Nullable String subscription,
            @Nullable String container) {
        public boolean isSubscription() {
            return subscription != null;
        }
    }

    /** What one queue has answered. Immutable. */
    public record Explained<T>(Subject subject, T explanation) {}

    /** How a question ended. Exactly one of the two is called, once, on the loop that asked. */
    public interface Reply<T> {
        /** One for a queue, or one for each subscription of a topic. */
        void onExplained(List<Explained<T>> all);

        void onRefused(Refusal refusal, String description);
    }

    /**
     * Why messages are not given out.
     *
     * @param subscription of which subscriptions of a topic, by name; null for all
     */
    public void ofDelivery(
            String address,
            @Nullable String subscription,
            DeliveryQuestion question,
            EventLoop caller,
            Reply<DeliveryExplanation> reply) {
        ask(address, subscription, caller, (queue, told) -> queue.explain(question, told), reply);
    }

    /** Why messages are not confirmed that were sent there. */
    public void ofIntake(String address, EventLoop caller, Reply<List<IntakeBacklog>> reply) {
        ask(address, null, caller, QueueDoor::explainIntake, reply);
    }

    private <T> void ask(
            String address,
            @Nullable String subscription,
            EventLoop caller,
            BiConsumer<QueueDoor, Consumer<T>> question,
            Reply<T> reply) {
        control.execute(() -> {
            var asked = queues(address, subscription);
            if (asked == null) {
                caller.execute(() -> reply.onRefused(
                        Refusal.NOT_FOUND,
                        subscription == null
                                ? "there is no queue or topic '" + address + "'"
                                : "there is no subscription '" + subscription + "' of '" + address + "'"));
            } else {
                ask(asked, caller, question, reply);
            }
        });
    }

    private <T> void ask(
            List<Explained<QueueDoor>> asked,
            EventLoop caller,
            BiConsumer<QueueDoor, Consumer<T>> question,
            Reply<T> reply) {
        var answers = new ArrayList<Explained<T>>();
        if (asked.isEmpty()) {
            caller.execute(() -> reply.onExplained(List.of()));
        }
        for (var each : asked) {
            question.accept(
                    each.explanation(),
                    answer -> control.execute(() -> {
                        answers.add(new Explained<>(each.subject(), answer));
                        if (answers.size() == asked.size()) {
                            caller.execute(() -> reply.onExplained(List.copyOf(answers)));
                        }
                    }));
        }
    }

    /** Null when there is no such address, or no such subscription. */
    private @Nullable List<Explained<QueueDoor>> queues(String address, @Nullable String subscription) {
        var table = placement.table();
        var name = table.meaning(address);
        var queue = table.queues().get(name);
        if (queue != null && subscription == null) {
            return List.of(new Explained<>(new Subject(name, null, null), queue));
        }
        if (!table.topics().containsKey(name)) {
            return null;
        }
        var found = placement.subscriptionsTo(name).stream()
                .filter(each -> subscription == null || subscription.equals(each.shownName()))
                .limit(SUBSCRIPTIONS_MAX)
                .map(each -> new Explained<>(new Subject(name, each.shownName(), each.containerId()), each.queue()))
                .toList();
        return subscription != null && found.isEmpty() ? null : found;
    }
}
