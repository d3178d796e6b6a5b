package dev.godwit.broker.admin;

import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.queue.DeferredMessage;
import dev.godwit.broker.runtime.EventLoop;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What consumers have laid aside in a queue, listed page by page, and given out again. Stateless. */
final class DeferredList {
    private static final String NUMBERS = "sequence-numbers";

    private final QueueAdministration queues;

    DeferredList(QueueAdministration queues) {
        this.queues = queues;
    }

    /**
     * Answers with {@code messages}, a list of maps, and with {@code next} when there may be more.
     *
     * @param after null, or the {@code next} of the page before
     */
    void list(String queue, @Nullable String after, int count, EventLoop caller, Consumer<Answer> answer) {
        long afterNumber;
        try {
            afterNumber = after == null ? Long.MIN_VALUE : Long.parseLong(after);
        } catch (NumberFormatException other) {
            answer.accept(new Answer.Draft(
                    Answer.BAD_REQUEST, "'after' may be the 'next' of an answer, not " + Quotation.of(after)));
            return;
        }
        if (count < 1 || count > Schedule.COUNT_MAX) {
            answer.accept(new Answer.Draft(
                    Answer.BAD_REQUEST, "'count' may be 1 to " + Schedule.COUNT_MAX + ", not " + count));
            return;
        }
        queues.listDeferred(queue, afterNumber, count, caller, new QueueAdministration.DeferredReply() {
            @Override
            public void onListed(List<DeferredMessage> messages) {
                answer.accept(new Answer.Draft(Answer.OK, "OK", page(messages, count), null));
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(new Answer.Draft(EntityOperations.statusOf(refusal), description));
            }
        });
    }

    /** Answers how many of the messages that the request names are given out again. */
    void giveOut(String queue, Map<?, ?> attributes, EventLoop caller, Consumer<Answer> answer) {
        var numbers = numbers(attributes.get(NUMBERS));
        if (numbers == null || numbers.isEmpty() || numbers.size() > Schedule.COUNT_MAX) {
            answer.accept(new Answer.Draft(
                    Answer.BAD_REQUEST,
                    "the body must be a map in which '" + NUMBERS + "' has 1 to " + Schedule.COUNT_MAX
                            + " sequence numbers, longs"));
            return;
        }
        queues.returnDeferred(queue, numbers, caller, new QueueAdministration.PurgeReply() {
            @Override
            public void onPurged(long messages) {
                answer.accept(new Answer.Draft(Answer.OK, "OK", Map.of("messages", messages), null));
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(new Answer.Draft(EntityOperations.statusOf(refusal), description));
            }
        });
    }

    /** Null when they are none. */
    private static @Nullable List<Long> numbers(@Nullable Object value) {
        List<?> all =
                value instanceof AmqpArray array ? array.elements() : value instanceof List<?> list ? list : List.of();
        var numbers = new ArrayList<Long>();
        for (var each : all) {
            if (!(each instanceof Long || each instanceof Integer)) {
                return null;
            }
            numbers.add(((Number) each).longValue());
        }
        return numbers;
    }

    private static Map<String, Object> page(List<DeferredMessage> messages, int count) {
        var page = new LinkedHashMap<String, Object>();
        page.put("messages", messages.stream().map(DeferredList::describe).toList());
        if (messages.size() == count) {
            page.put("next", String.valueOf(messages.get(count - 1).sequenceNumber()));
        }
        return page;
    }

    private static Map<String, Object> describe(DeferredMessage message) {
        var values = new LinkedHashMap<String, Object>();
        values.put("sequenceNumber", message.sequenceNumber());
        if (message.mayExpire()) {
            values.put("expiryTime", Instant.ofEpochMilli(message.expiryTimeMillis()));
        }
        values.put("failedAttempts", message.failedAttempts());
        return values;
    }
}
