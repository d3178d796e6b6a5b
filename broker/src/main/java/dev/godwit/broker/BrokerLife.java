package dev.godwit.broker;

import dev.godwit.storage.journal.JournalStatistics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** How a broker lives: alone, or as a node of a cluster. Any thread may ask. */
interface BrokerLife extends AutoCloseable {
    /** Where clients find it while it serves, the first listener first. */
    List<String> uris();

    /** What it serves clients with now; null while it does not. */
    @Nullable
    Serving serving();

    /** Done when it serves for the first time. */
    CompletableFuture<Void> served();

    JournalStatistics journalStatistics();

    /** Clients are told, what was accepted is on the disk, and threads are gone. Called once. */
    @Override
    void close();
}
