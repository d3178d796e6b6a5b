package dev.godwit.broker.admin;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.broker.address.ProducerCredit;
import dev.godwit.broker.address.ProducerSurvey;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.cluster.QueueExplanations;
import dev.godwit.broker.cluster.QueueExplanations.Explained;
import dev.godwit.broker.queue.DeliveryExplanation;
import dev.godwit.broker.queue.DeliveryQuestion;
import dev.godwit.broker.queue.IntakeBacklog;
import dev.godwit.broker.queue.Obstacle;
import dev.godwit.broker.runtime.EventLoop;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says why messages of an address are not delivered, and why its producers have no credit. Stateless. */
final class Explanations {
    private static final String MANAGEMENT = "$management";
    private static final int COUNT_DEFAULT = 10;

    private final QueueExplanations explanations;
    private final ProducerSurvey producers;

    Explanations(QueueExplanations explanations, ProducerSurvey producers) {
        this.explanations = explanations;
        this.producers = producers;
    }

    /** Why messages are not given out: the next ones, or the one that the request names. */
    void ofDelivery(
            String address, AmqpMessage request, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        DeliveryQuestion question;
        String subscription;
        try {
            question = question(request);
            subscription = text(request, "subscription");
        } catch (IllegalArgumentException wrong) {
            answer.accept(new Answer.Draft(Answer.BAD_REQUEST, String.valueOf(wrong.getMessage())));
            return;
        }
        explanations.ofDelivery(
                address,
                subscription,
                question,
                requester::mayManage,
                caller,
                replying(answer, answers -> answer.accept(answerOf(answers))));
    }

    private static DeliveryQuestion question(AmqpMessage request) {
        var messageId = text(request, "message");
        long number = number(request, "number", DeliveryQuestion.NO_NUMBER + 1, DeliveryQuestion.NO_NUMBER);
        count(request);
        if (messageId != null && number != DeliveryQuestion.NO_NUMBER) {
            throw new IllegalArgumentException("'message', a message-id, or 'number': not both");
        }
        if (number == DeliveryExplanation.Message.UNNUMBERED) {
            throw new IllegalArgumentException("no message has the number " + number);
        }
        if (messageId != null) {
            return DeliveryQuestion.ofMessage(messageId);
        }
        return number == DeliveryQuestion.NO_NUMBER
                ? DeliveryQuestion.ofNext(count(request))
                : DeliveryQuestion.ofNumber(number);
    }

    private static int count(AmqpMessage request) {
        long count = number(request, "count", 1, COUNT_DEFAULT);
        if (count > DeliveryQuestion.COUNT_MAX) {
            throw new IllegalArgumentException("'count' may be 1 to " + DeliveryQuestion.COUNT_MAX + ", not " + count);
        }
        return (int) count;
    }

    private static Answer answerOf(QueueExplanations.Answers<DeliveryExplanation> answers) {
        var all = answers.all();
        if (all.size() == 1 && !all.get(0).subject().isSubscription()) {
            return new Answer.Draft(Answer.OK, "OK", describe(all.get(0).explanation()), null);
        }
        var subscriptions = all.stream().map(Explanations::ofSubscription).toList();
        var values = Map.of("subscriptions", subscriptions, "complete", answers.complete());
        return new Answer.Draft(Answer.OK, "OK", values, null);
    }

    private static Map<String, Object> ofSubscription(Explained<DeliveryExplanation> each) {
        var values = ofSubscription(each, explanation -> describe(explanation));
        if (each.subject().withholdsMessages()) {
            values.put("withheld", true);
        }
        return values;
    }

    private static <T> Map<String, Object> ofSubscription(
            Explained<T> each, Function<T, Map<String, Object>> describe) {
        var values = new LinkedHashMap<String, Object>();
        values.put("subscription", String.valueOf(each.subject().subscription()));
        var container = each.subject().container();
        if (container != null) {
            values.put("container", container);
        }
        values.putAll(describe.apply(each.explanation()));
        return values;
    }

    private static Map<String, Object> describe(DeliveryExplanation explanation) {
        var values = new LinkedHashMap<String, Object>();
        values.put(
                "queue",
                explanation.queue().stream().map(each -> describe(each)).toList());
        values.put(
                "messages",
                explanation.messages().stream().map(Explanations::describe).toList());
        var elsewhere = new LinkedHashMap<String, Object>();
        explanation.elsewhere().forEach((reason, count) -> elsewhere.put(reason.text(), count));
        values.put("elsewhere", elsewhere);
        values.put("complete", explanation.complete());
        return values;
    }

    private static Map<String, Object> describe(DeliveryExplanation.Message message) {
        var values = new LinkedHashMap<String, Object>();
        if (message.number() != DeliveryExplanation.Message.UNNUMBERED) {
            values.put("number", message.number());
        }
        if (message.messageId() != null) {
            values.put("message", message.messageId());
        }
        values.putAll(describe(message.why()));
        return values;
    }

    private static Map<String, Object> describe(Obstacle obstacle) {
        var values = new LinkedHashMap<String, Object>();
        values.put("reason", obstacle.reason().text());
        values.put("detail", obstacle.detail());
        if (obstacle.untilMillis() != Obstacle.UNKNOWN) {
            values.put("until", Instant.ofEpochMilli(obstacle.untilMillis()));
        }
        if (obstacle.consumer() != null) {
            values.put("consumer", obstacle.consumer());
        }
        if (obstacle.group() != null) {
            values.put("group", obstacle.group());
        }
        return values;
    }

    /** Why the producers of an address have no credit, and what those of their messages wait for that are not confirmed. */
    void ofCredit(String address, AmqpMessage request, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        int count;
        try {
            count = count(request);
        } catch (IllegalArgumentException wrong) {
            answer.accept(new Answer.Draft(Answer.BAD_REQUEST, String.valueOf(wrong.getMessage())));
            return;
        }
        if (address.equals(MANAGEMENT)) {
            var nothing = new QueueExplanations.Answers<List<IntakeBacklog>>(List.of(), true, List.of());
            producers.find(address, count, caller, found -> answer.accept(credit(found, nothing)));
            return;
        }
        explanations.ofIntake(
                address,
                requester::mayManage,
                caller,
                replying(
                        answer,
                        answers -> producers.find(
                                address, count, caller, found -> answer.accept(credit(found, answers)))));
    }

    private static Answer credit(List<ProducerCredit> found, QueueExplanations.Answers<List<IntakeBacklog>> answers) {
        var unconfirmed = answers.all().stream()
                .flatMap(each -> each.explanation().stream().map(backlog -> describe(each, backlog)))
                .toList();
        var values = new LinkedHashMap<String, Object>();
        values.put("producers", found.stream().map(Explanations::describe).toList());
        values.put("unconfirmed", unconfirmed);
        values.put("complete", answers.complete());
        if (!answers.routes().isEmpty()) {
            values.put("routes", answers.routes());
        }
        return new Answer.Draft(Answer.OK, "OK", values, null);
    }

    private static Map<String, Object> describe(Explained<List<IntakeBacklog>> where, IntakeBacklog backlog) {
        Function<IntakeBacklog, Map<String, Object>> describe = each -> {
            var values = describe(each.why());
            values.put("messages", each.messages());
            return values;
        };
        return where.subject().isSubscription()
                ? ofSubscription(new Explained<>(where.subject(), backlog), describe)
                : describe.apply(backlog);
    }

    private static Map<String, Object> describe(ProducerCredit producer) {
        var values = new LinkedHashMap<String, Object>();
        values.put("container", producer.container());
        values.put("user", producer.user());
        values.put("link", producer.link());
        values.put("credit", producer.credit());
        values.put("unconfirmed", producer.unconfirmed());
        values.put("reason", producer.why().text());
        return values;
    }

    private static <T> QueueExplanations.Reply<T> replying(
            Consumer<Answer> answer, Consumer<QueueExplanations.Answers<T>> done) {
        return new QueueExplanations.Reply<>() {
            @Override
            public void onExplained(QueueExplanations.Answers<T> answers) {
                done.accept(answers);
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(new Answer.Draft(EntityOperations.statusOf(refusal), description));
            }
        };
    }

    /** Null when it is not there. */
    private static @Nullable String text(AmqpMessage request, String property) {
        var value = request.applicationProperties().get(property);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw new IllegalArgumentException(
                "the application property '" + property + "' is to be a string, not " + Quotation.of(value));
    }

    private static long number(AmqpMessage request, String property, long min, long absent) {
        var value = request.applicationProperties().get(property);
        if (value == null) {
            return absent;
        }
        if (value instanceof Number number && isWhole(number) && number.longValue() >= min) {
            return number.longValue();
        }
        throw new IllegalArgumentException("the application property '" + property + "' is to be a whole number"
                + (min > 0 ? " from " + min + " on" : "") + ", not " + Quotation.of(value));
    }

    /** There are decimal ones, too. */
    private static boolean isWhole(Number value) {
        return value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
    }
}
