package dev.godwit.broker.admin;

import dev.godwit.broker.cluster.AdministrationReply;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Answers a request when what it wishes for is done, or refused. On the loop that asked.
 *
 * @param answer takes the answer, once
 * @param done the answer when it is done
 * @param refused the answer of a status and a description when it is refused
 */
record AnswerReply<T>(Consumer<Answer> answer, Function<T, Answer> done, BiFunction<Integer, String, Answer> refused)
        implements AdministrationReply<T> {
    /** To a request whose operation is named in a property. */
    static <T> AdministrationReply<T> replying(Consumer<Answer> answer, Function<T, Answer> done) {
        return new AnswerReply<>(answer, done, Answer.Draft::new);
    }

    /** To a request that is written as HTTP. */
    static <T> AdministrationReply<T> replyingInHttp(Consumer<Answer> answer, Function<T, Answer> done) {
        return new AnswerReply<>(answer, done, Answer.Http::new);
    }

    @Override
    public void onDone(T described) {
        answer.accept(done.apply(described));
    }

    @Override
    public void onRefused(Refusal refusal, String description) {
        answer.accept(refused.apply(EntityOperations.statusOf(refusal), description));
    }
}
