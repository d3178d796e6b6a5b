package dev.godwit.broker.catalog.h2;

import dev.godwit.broker.catalog.CatalogProjection;
import dev.godwit.broker.catalog.QueueDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The catalog in an embedded H2 database of two files beside the journal. One thread of its own does all JDBC, in the
 * order of the calls.
 *
 * <p>It is a copy: a database that is missing, cannot be opened, or belongs to another journal is made anew from the
 * metadata log; where no file can be made, in memory. A statement that fails is logged, and the copy counts as broken until the next start; the broker goes on.
 */
public final class H2Catalog implements CatalogProjection {
    private static final Logger log = LoggerFactory.getLogger(H2Catalog.class);
    private static final String FILE_NAME = "catalog";
    private static final List<String> FILE_SUFFIXES = List.of(".mv.db", ".trace.db");
    private static final long CLOSE_TIMEOUT_SECONDS = 10;

    private final Place place;
    private final long appliedIndex;
    private final int count;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "godwit-catalog-h2"));

    /** Once there is the thread, it alone touches this. */
    private Connection connection;

    /** Touched by the thread alone. */
    private boolean broken;

    /** Where a database is, and of which journal; {@code directory} is null for one in memory. */
    private record Place(@Nullable Path directory, String journalId) {
        Connection open() throws SQLException {
            var connection = DriverManager.getConnection(url(), "sa", "");
            try {
                connection.setAutoCommit(false);
                CatalogTables.create(connection);
                return connection;
            } catch (SQLException failed) {
                connection.close();
                throw failed;
            }
        }

        private String url() {
            // DB_CLOSE_ON_EXIT: the broker closes it in order; a hook of H2's own would race with that.
            return directory == null
                    ? "jdbc:h2:mem:"
                    : "jdbc:h2:file:" + directory.resolve(FILE_NAME).toAbsolutePath() + ";DB_CLOSE_ON_EXIT=FALSE";
        }

        void deleteFiles() throws IOException {
            if (directory != null) {
                for (var suffix : FILE_SUFFIXES) {
                    Files.deleteIfExists(directory.resolve(FILE_NAME + suffix));
                }
            }
        }
    }

    private H2Catalog(Place place, Connection connection, long appliedIndex, int count) {
        this.count = count;
        this.place = place;
        this.connection = connection;
        this.appliedIndex = appliedIndex;
    }

    /**
     * Opens the database in {@code directory}, or makes a new one.
     *
     * @param journalId the journal whose projection this is
     * @throws IOException when none can be made, not even one in memory
     */
    public static H2Catalog open(Path directory, String journalId) throws IOException {
        var place = new Place(directory, journalId);
        try {
            return openAt(place);
        } catch (SQLException unusable) {
            log.warn(
                    "the catalog database in {} cannot be used and is made anew: {}", directory, unusable.getMessage());
        }
        place.deleteFiles();
        try {
            return openAt(place);
        } catch (SQLException failed) {
            return inMemory(directory, journalId, failed);
        }
    }

    /** The copy is for those who ask for it with SQL: a broker serves without it, as on a disk without room for it. */
    private static H2Catalog inMemory(Path directory, String journalId, SQLException reason) throws IOException {
        try {
            var catalog = openAt(new Place(null, journalId));
            log.warn(
                    "no catalog database can be made in {}; it is kept in memory until the next start: {}",
                    directory,
                    reason.getMessage());
            return catalog;
        } catch (SQLException failed) {
            failed.addSuppressed(reason);
            throw new IOException("cannot make a catalog database: " + failed.getMessage(), failed);
        }
    }

    private static H2Catalog openAt(Place place) throws SQLException {
        var connection = place.open();
        try {
            long appliedIndex = CatalogTables.readAppliedIndex(connection, place.journalId());
            return new H2Catalog(place, connection, appliedIndex, CatalogTables.count(connection));
        } catch (SQLException failed) {
            connection.close();
            throw failed;
        }
    }

    @Override
    public long appliedIndex() {
        return appliedIndex;
    }

    @Override
    public int count() {
        return count;
    }

    /** What is there may be what a broker that was killed has left: where it cannot be filled, it is made anew. */
    @Override
    public void rebuild(Collection<QueueDefinition> definitions, long index) {
        var copy = List.copyOf(definitions);
        thread.execute(() -> {
            try {
                fill(copy, index);
            } catch (SQLException | RuntimeException failed) {
                log.warn(
                        "the catalog database in {} cannot be filled and is made anew: {}",
                        place.directory(),
                        failed.getMessage());
                fillAnew(copy, index);
            }
        });
    }

    private void fillAnew(List<QueueDefinition> definitions, long index) {
        closeConnection();
        try {
            place.deleteFiles();
            connection = place.open();
            CatalogTables.readAppliedIndex(connection, place.journalId());
            fill(definitions, index);
        } catch (SQLException | IOException | RuntimeException failed) {
            onBroken("rebuild", failed);
        }
    }

    private void fill(List<QueueDefinition> definitions, long index) throws SQLException {
        CatalogTables.empty(connection);
        CatalogTables.insert(connection, definitions);
        CatalogTables.writeAppliedIndex(connection, index);
        connection.commit();
    }

    @Override
    public void onStored(QueueDefinition definition, long index) {
        change("store " + definition.name(), () -> {
            CatalogTables.store(connection, definition);
            CatalogTables.writeAppliedIndex(connection, index);
        });
    }

    @Override
    public void onRemoved(String queueName, long index) {
        change("remove " + queueName, () -> {
            CatalogTables.remove(connection, queueName);
            CatalogTables.writeAppliedIndex(connection, index);
        });
    }

    private void change(String what, SqlWork work) {
        thread.execute(() -> {
            if (broken) {
                return;
            }
            try {
                work.run();
                connection.commit();
            } catch (SQLException | RuntimeException failed) {
                onBroken(what, failed);
            }
        });
    }

    private void onBroken(String what, Exception failed) {
        broken = true;
        log.error(
                "catalog database: {} failed; it stands still until the next start rebuilds it: {}",
                what,
                failed.getMessage());
    }

    private void closeConnection() {
        try {
            connection.close();
        } catch (SQLException | RuntimeException failed) {
            log.warn("catalog database: close failed: {}", failed.getMessage());
        }
    }

    @Override
    public void close() {
        thread.execute(this::closeConnection);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                log.warn("catalog database: still busy after {} s, left to itself", CLOSE_TIMEOUT_SECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @FunctionalInterface
    private interface SqlWork {
        void run() throws SQLException;
    }
}
