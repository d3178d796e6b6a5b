package dev.godwit.broker;

import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalOpenException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What a broker that stands alone serves from as long as it runs: the journal, and the event loops. */
final class NodeStorage implements AutoCloseable {
    private static final long PENDING_BYTES_SOFT_MAX = 32L << 20;
    private static final long PENDING_BYTES_MAX = 64L << 20;

    private final OwnJournal journal;
    private final CompletableFuture<VertxLoops> loops;

    private NodeStorage(OwnJournal journal, CompletableFuture<VertxLoops> loops) {
        this.journal = journal;
        this.loops = loops;
    }

    /** Blocks. */
    static NodeStorage open(BrokerConfiguration configuration, Consumer<String> onJournalFailure)
            throws BrokerStartException {
        // The event loops come up while the journal is read: neither needs the other yet.
        var loops = StartSteps.aside(
                "start-loops", () -> new VertxLoops(configuration.node().eventLoops()));
        try {
            return new NodeStorage(openJournal(configuration, onJournalFailure), loops);
        } catch (BrokerStartException | RuntimeException | Error failed) {
            StartSteps.closeOnceThere(loops);
            throw failed;
        }
    }

    private static OwnJournal openJournal(BrokerConfiguration configuration, Consumer<String> onJournalFailure)
            throws BrokerStartException {
        try {
            return new OwnJournal(Journal.open(
                    journalConfiguration(configuration), failure -> onJournalFailure.accept(String.valueOf(failure))));
        } catch (JournalOpenException failed) {
            throw new BrokerStartException(kindOf(failed), failed.getMessage(), failed);
        }
    }

    /** How any journal of a broker is kept. */
    static JournalConfiguration journalConfiguration(BrokerConfiguration configuration) {
        return JournalConfiguration.defaults(
                        configuration.node().dataDirectory().resolve("journal"))
                .withSegmentBytes(configuration.journal().segmentBytes())
                .withReserveSegments(configuration.journal().reserveSegments())
                .withAcceptLoss(configuration.journal().acceptLoss())
                .withScrub(configuration.journal().scrubBytesPerSecond())
                .withRetention(
                        configuration.journal().keep().millis(),
                        configuration.journal().keep().bytes())
                .withPendingBytes(PENDING_BYTES_SOFT_MAX, PENDING_BYTES_MAX);
    }

    static Kind kindOf(JournalOpenException failed) {
        return switch (failed.reason()) {
            case LOCKED -> Kind.DATA_LOCKED;
            case CORRUPT -> Kind.JOURNAL_CORRUPT;
            default -> Kind.DATA_UNUSABLE;
        };
    }

    NodeJournal journal() {
        return journal;
    }

    /** Waits for them, if they are not up yet. */
    VertxLoops loops() throws BrokerStartException {
        return new StartSteps().await(loops);
    }

    /** The journal first: what it tells loops does no harm. */
    @Override
    public void close() {
        try {
            journal.close();
        } finally {
            StartSteps.closeOnceThere(loops);
        }
    }
}
