package dev.godwit.distribution;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What {@code godwit why} prints of a broker's answer. Owned by the command. */
final class ExplanationText {
    private final PrintWriter out;

    ExplanationText(PrintWriter out) {
        this.out = out;
    }

    /** @param ofOne whether one message was asked for */
    void printDelivery(Map<?, ?> answer, boolean ofOne) {
        if (!(answer.get("subscriptions") instanceof List<?> subscriptions)) {
            printQueue(answer, ofOne);
            return;
        }
        if (subscriptions.isEmpty()) {
            out.println("the topic has no subscriptions");
        }
        for (var each : subscriptions) {
            var subscription = map(each);
            out.println("subscription " + subscription.get("subscription")
                    + (subscription.containsKey("container") ? " of " + subscription.get("container") : "") + ":");
            printQueue(subscription, ofOne);
        }
        if (Boolean.FALSE.equals(answer.get("complete"))) {
            out.println("there are more subscriptions: ask by --subscription");
        }
    }

    private void printQueue(Map<?, ?> answer, boolean ofOne) {
        var messages = list(answer.get("messages"));
        if (!ofOne) {
            list(answer.get("queue")).forEach(each -> out.println("queue: " + reason(map(each))));
            var elsewhere = map(answer.get("elsewhere"));
            if (!elsewhere.isEmpty()) {
                out.println("elsewhere: "
                        + elsewhere.entrySet().stream()
                                .map(each -> each.getKey() + " " + each.getValue())
                                .collect(Collectors.joining(", ")));
            }
        }
        for (var each : messages) {
            var message = map(each);
            var number = message.get("number");
            var id = message.get("message");
            out.println("message" + (number == null ? "" : " " + number) + (id == null ? "" : " (" + id + ")") + ": "
                    + reason(message));
        }
        if (Boolean.TRUE.equals(answer.get("withheld"))) {
            out.println("its messages are told to those who may manage its pattern and all topics that fill it");
        } else if (messages.isEmpty()) {
            out.println(ofOne ? "there is no such message" : "no message could be given out");
        }
        if (Boolean.FALSE.equals(answer.get("complete"))) {
            out.println("not all messages were looked at, or some cannot be read: ask by --number");
        }
    }

    void printCredit(Map<?, ?> answer) {
        list(answer.get("unconfirmed")).forEach(each -> {
            var backlog = map(each);
            var subscription = backlog.get("subscription");
            out.println("unconfirmed " + backlog.get("messages")
                    + (subscription == null ? "" : " for subscription " + subscription) + ": " + reason(backlog));
        });
        if (Boolean.FALSE.equals(answer.get("complete"))) {
            out.println("there are more subscriptions that have not taken all");
        }
        list(answer.get("routes"))
                .forEach(each -> out.println("a route leads to " + each + ", which has to take them, too"));
        var producers = list(answer.get("producers"));
        for (var each : producers) {
            var producer = map(each);
            out.println("producer " + producer.get("container") + "/" + producer.get("link") + " of "
                    + producer.get("user") + ": " + producer.get("reason") + " (credit " + producer.get("credit")
                    + ", unconfirmed " + producer.get("unconfirmed") + ")");
        }
        if (producers.isEmpty()) {
            out.println("there are no producers");
        }
    }

    private static String reason(Map<?, ?> why) {
        var text = new StringBuilder().append(why.get("reason")).append(": ").append(why.get("detail"));
        for (var key : List.of("until", "consumer", "group")) {
            if (why.get(key) != null) {
                text.append("; ").append(key).append(' ').append(why.get(key));
            }
        }
        return text.toString();
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }
}
