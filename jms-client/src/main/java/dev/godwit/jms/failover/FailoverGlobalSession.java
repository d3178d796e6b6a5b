package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.GlobalTransaction;
import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderSession;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A session that is made anew on each connection, whose transactions somebody else coordinates. What is not prepared is lost with its
 * connection; what is prepared is decided on whichever there is.
 */
final class FailoverGlobalSession extends FailoverSession implements GlobalSession {
    /** Begun on the connection that is there, and neither prepared nor ended. */
    private final Set<FailoverTransaction> begun = new LinkedHashSet<>();

    FailoverGlobalSession(FailoverProvider provider, GlobalSession there) {
        super(provider, false, there);
    }

    private static GlobalSession global(ProviderSession session) {
        return (GlobalSession) session;
    }

    @Override
    public CompletableFuture<GlobalTransaction> begin(byte[] globalId) {
        return ask(
                session -> global(session).begin(globalId),
                there -> {
                    FailoverTransaction transaction = new FailoverTransaction(this, globalId, there);
                    begun.add(transaction);
                    return transaction;
                },
                there -> Answered.ignore(there.discharge(false)));
    }

    @Override
    public void enter(@Nullable GlobalTransaction transaction) {
        FailoverTransaction entered = transaction instanceof FailoverTransaction its ? its : null;
        become(entered == null ? null : entered.work());
        provider().execute(() -> {
            ProviderSession session = there();
            if (session != null) {
                global(session).enter(entered == null || entered.work().isOver() ? null : entered.there());
            }
        });
    }

    /** Asked again when the answer is lost, until it is known what became of the transaction, or that nobody can tell. */
    @Override
    public CompletableFuture<Void> decide(byte[] globalId, boolean commit) {
        CompletableFuture<Void> answer = new PendingAnswer<>(provider()::status);
        Decision decision = new Decision(provider(), globalId, commit);
        CompletableFuture<Void> decided =
                ask(session -> decision.ask(global(session)), Function.identity(), done -> {});
        Answered.hear(decided, done -> decision.onDone(answer), cause -> decision.onFailed(cause, answer));
        Answered.hear(answer, () -> decided.cancel(false));
        return answer;
    }

    @Override
    public CompletableFuture<Optional<byte[]>> next(byte @Nullable [] after) {
        return ask(
                session -> global(session).next(after),
                found -> {
                    found.ifPresent(this::onPrepared);
                    return found;
                },
                found -> {});
    }

    /** The broker has it, as long as nobody decides. */
    void onPrepared(byte[] globalId) {
        provider().prepared().add(globalId, provider().facts().journal());
    }

    @Override
    CompletableFuture<? extends ProviderSession> openOn(Provider made) {
        return made.openGlobalSession();
    }

    @Override
    void onInterrupted() {
        List.copyOf(begun).forEach(each -> each.work().onLost());
        begun.clear();
        super.onInterrupted();
    }

    /** It is being prepared, or ended. */
    void remove(FailoverTransaction transaction) {
        begun.remove(transaction);
    }
}
