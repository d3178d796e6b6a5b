package dev.godwit.jms.observe;

import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.GlobalTransaction;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A session for transactions that somebody else coordinates, of whose messages an observer is told. For any thread. */
final class ObservedGlobalSession extends ObservedSession implements GlobalSession {
    private final GlobalSession observed;

    ObservedGlobalSession(GlobalSession observed, Watch watch) {
        super(observed, watch);
        this.observed = observed;
    }

    @Override
    public CompletableFuture<GlobalTransaction> begin(byte[] globalId) {
        return observed.begin(globalId);
    }

    @Override
    public void enter(@Nullable GlobalTransaction transaction) {
        observed.enter(transaction);
    }

    @Override
    public CompletableFuture<Void> decide(byte[] globalId, boolean commit) {
        return observed.decide(globalId, commit);
    }

    @Override
    public CompletableFuture<Optional<byte[]>> next(byte @Nullable [] after) {
        return observed.next(after);
    }
}
