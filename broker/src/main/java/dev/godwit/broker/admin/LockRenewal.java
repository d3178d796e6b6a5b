package dev.godwit.broker.admin;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.AmqpType;
import dev.godwit.amqp.type.Binary;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.queue.LockToken;
import dev.godwit.broker.runtime.EventLoop;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gives consumers more time for messages that they have locked, as clients of Azure Service Bus ask for it. Stateless. */
final class LockRenewal {
    /** The names that the operation has: Service Bus's and ours. */
    static final List<String> NAMES = List.of("com.microsoft:renew-lock", "RENEW-LOCK");

    private static final String TOKENS = "lock-tokens";
    private static final String LOST = "com.microsoft:message-lock-lost";
    private static final int TOKENS_MAX = 1_000;

    private final QueueAdministration queues;

    LockRenewal(QueueAdministration queues) {
        this.queues = queues;
    }

    /** Answers with {@code expirations}, when each lock runs out, in the order in which they were named. */
    void renew(String queue, AmqpMessage request, EventLoop caller, Consumer<Answer> answer) {
        var tokens = tokens(request);
        if (tokens == null || tokens.isEmpty() || tokens.size() > TOKENS_MAX) {
            answer.accept(new Answer.Draft(
                    Answer.BAD_REQUEST,
                    "the body must be a map in which '" + TOKENS + "' has 1 to " + TOKENS_MAX
                            + " lock tokens, each a uuid, or a delivery-tag as binary"));
            return;
        }
        queues.renewLocks(queue, tokens, caller, new QueueAdministration.RenewalReply() {
            @Override
            public void onRenewed(long[] untilMillis) {
                var expirations = Arrays.stream(untilMillis)
                        .mapToObj(Instant::ofEpochMilli)
                        .toList();
                answer.accept(new Answer.Draft(
                        Answer.OK, "OK", Map.of("expirations", AmqpArray.of(AmqpType.TIMESTAMP, expirations)), null));
            }

            @Override
            public void onLost() {
                answer.accept(new Answer.Failed(
                        Answer.GONE,
                        LOST,
                        "a lock has run out, or its message was settled: none of those named is renewed"));
            }

            @Override
            public void onRefused(Refusal refusal, String description) {
                answer.accept(new Answer.Draft(EntityOperations.statusOf(refusal), description));
            }
        });
    }

    /** Null when the request has none. */
    private static @Nullable List<LockToken> tokens(AmqpMessage request) {
        if (!(request.body() instanceof MessageBody.Value body) || !(body.value() instanceof Map<?, ?> map)) {
            return null;
        }
        var named = map.get(TOKENS);
        List<?> values =
                named instanceof AmqpArray array ? array.elements() : named instanceof List<?> list ? list : List.of();
        var tokens = new ArrayList<LockToken>();
        for (var value : values) {
            var token = value instanceof UUID id
                    ? new LockToken(id)
                    : value instanceof Binary tag ? LockToken.ofTag(tag) : null;
            if (token == null) {
                return null;
            }
            tokens.add(token);
        }
        return tokens;
    }
}
