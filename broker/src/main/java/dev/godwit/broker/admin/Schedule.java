package dev.godwit.broker.admin;

import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.queue.ScheduledMessage;
import dev.godwit.broker.runtime.EventLoop;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What waits in a queue for its time, listed page by page and cancelled, for both forms of requests. Stateless. */
final class Schedule {
    static final int COUNT_DEFAULT = 100;
    static final int COUNT_MAX = 1_000;

    private final QueueAdministration queues;

    Schedule(QueueAdministration queues) {
        this.queues = queues;
    }

    /** Where a page begins: behind a message of this time and number. */
    private record Place(long afterMillis, long afterNumber) {
        private static final char SEPARATOR = '.';
        static final Place FIRST = new Place(Long.MIN_VALUE, 0);

        static Place behind(ScheduledMessage message) {
            return new Place(message.notBeforeMillis(), message.id().number());
        }

        /** Null for what none of our answers said. */
        static @Nullable Place parse(String text) {
            int separator = text.indexOf(SEPARATOR);
            try {
                return separator < 0
                        ? null
                        : new Place(
                                Long.parseLong(text.substring(0, separator)),
                                Long.parseLong(text.substring(separator + 1)));
            } catch (NumberFormatException other) {
                return null;
            }
        }

        @Override
        public String toString() {
            return "" + afterMillis + SEPARATOR + afterNumber;
        }
    }

    /**
     * Answers with {@code messages}, a list of maps, and with {@code next} when there may be more.
     *
     * @param after null, or the {@code next} of the page before
     * @param refused makes an answer of a status and a sentence
     */
    void list(
            String queue,
            @Nullable String after,
            int count,
            EventLoop caller,
            Consumer<Answer> answer,
            Function<Map<String, Object>, Answer> done,
            BiFunction<Integer, String, Answer> refused) {
        var place = after == null ? Place.FIRST : Place.parse(after);
        if (place == null || count < 1 || count > COUNT_MAX) {
            answer.accept(refused.apply(
                    Answer.BAD_REQUEST,
                    place == null
                            ? "'after' may be the 'next' of an answer, not " + Quotation.of(after)
                            : "'count' may be 1 to " + COUNT_MAX + ", not " + count));
            return;
        }
        queues.listScheduled(
                queue,
                place.afterMillis(),
                place.afterNumber(),
                count,
                caller,
                new QueueAdministration.ScheduleReply() {
                    @Override
                    public void onListed(List<ScheduledMessage> messages) {
                        answer.accept(done.apply(page(messages, count)));
                    }

                    @Override
                    public void onRefused(Refusal refusal, String description) {
                        answer.accept(refused.apply(EntityOperations.statusOf(refusal), description));
                    }
                });
    }

    private static Map<String, Object> page(List<ScheduledMessage> messages, int count) {
        var page = new LinkedHashMap<String, Object>();
        page.put("messages", messages.stream().map(Schedule::describe).toList());
        if (messages.size() == count) {
            page.put("next", Place.behind(messages.get(count - 1)).toString());
        }
        return page;
    }

    private static Map<String, Object> describe(ScheduledMessage message) {
        var values = new LinkedHashMap<String, Object>();
        values.put("id", message.id().toString());
        values.put("deliveryTime", Instant.ofEpochMilli(message.notBeforeMillis()));
        if (message.mayExpire()) {
            values.put("expiryTime", Instant.ofEpochMilli(message.expiryTimeMillis()));
        }
        values.put("failedAttempts", message.failedAttempts());
        return values;
    }

    /**
     * Answers how many were removed.
     *
     * @param id of one, as it was listed; null for all
     */
    void cancel(
            String queue,
            @Nullable String id,
            EventLoop caller,
            Consumer<Answer> answer,
            Function<Long, Answer> done,
            BiFunction<Integer, String, Answer> refused) {
        var parsed = id == null ? null : ScheduledMessage.Id.parse(id);
        if (id != null && parsed == null) {
            answer.accept(refused.apply(
                    Answer.BAD_REQUEST, "a message that waits for its time has no id like " + Quotation.of(id)));
            return;
        }
        queues.cancelScheduled(queue, parsed, caller, new QueueAdministration.PurgeReply() {
            @Override
            public void onPurged(long messages) {
                answer.accept(done.apply(messages));
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(refused.apply(EntityOperations.statusOf(refusal), description));
            }
        });
    }
}
