package dev.godwit.distribution.client;

import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Has a broker sweep a queue, and waits for the end: asks how far it is until it is over. Owned by its event loop. When it goes
 * before, the broker goes on.
 */
public final class SweepRequest {
    private static final String QUEUE = "dev.godwit.queue";
    private static final String SWEEP = "dev.godwit.sweep";
    private static final String RUNNING = "running";
    private static final long FIRST_LOOK_MILLIS = 20;
    private static final long LOOK_MILLIS_MAX = 1_000;

    /**
     * How one ended.
     *
     * @param state as the broker calls it
     * @param done messages that were brought elsewhere, or removed
     * @param stayed messages that were picked, and left where they are
     * @param origins how many were dead letters of which address; the empty name stands for all others
     */
    public record Result(String state, long done, long stayed, Map<String, Long> origins) {}

    private final CompletableFuture<Result> ended;
    private long lookMillis = FIRST_LOOK_MILLIS;
    private @Nullable ManagementLinks links;

    private SweepRequest(CompletableFuture<Result> ended) {
        this.ended = ended;
    }

    /**
     * Begins.
     *
     * @param operation REDRIVE, MOVE, COPY or PURGE
     * @param options what the request says further
     * @param ended gets the result, or a {@link ClientFailedException}
     */
    public static void start(
            Session session,
            String operation,
            String queue,
            Map<String, Object> options,
            CompletableFuture<Result> ended) {
        var request = new SweepRequest(ended);
        var asked = ManagementLinks.attach(session, request::onAnswer, ended::completeExceptionally);
        request.links = asked;
        var properties = new LinkedHashMap<>(options);
        properties.put("operation", operation);
        properties.put("type", QUEUE);
        properties.put("name", queue);
        asked.ask(properties);
    }

    private void onAnswer(AmqpMessage answer) {
        if (!(answer.body() instanceof MessageBody.Value body) || !(body.value() instanceof Map<?, ?> sweep)) {
            ended.completeExceptionally(
                    new ClientFailedException(ClientFailedException.Kind.REFUSED, "the broker's answer is not one"));
        } else if (RUNNING.equals(sweep.get("state"))) {
            lookAgain(String.valueOf(sweep.get("name")));
        } else {
            ended.complete(result(sweep));
        }
    }

    private void lookAgain(String id) {
        Vertx.currentContext().owner().setTimer(lookMillis, fired -> {
            if (links != null && !ended.isDone()) {
                links.ask(Map.of("operation", "READ", "type", SWEEP, "name", id));
            }
        });
        lookMillis = Math.min(2 * lookMillis, LOOK_MILLIS_MAX);
    }

    /** A queue that is purged whole tells only how many messages that were. */
    private static Result result(Map<?, ?> sweep) {
        var origins = new TreeMap<String, Long>();
        if (sweep.get("origins") instanceof Map<?, ?> told) {
            told.forEach((address, count) -> origins.put(String.valueOf(address), number(count)));
        }
        var state = sweep.get("state");
        return new Result(
                state == null ? "done" : state.toString(),
                number(sweep.containsKey("done") ? sweep.get("done") : sweep.get("messages")),
                number(sweep.get("stayed")),
                origins);
    }

    private static long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }
}
