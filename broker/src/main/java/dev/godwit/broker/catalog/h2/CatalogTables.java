package dev.godwit.broker.catalog.h2;

import dev.godwit.broker.catalog.QueueDefinition;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;

/** The tables of the catalog database, and every statement on them. Runs on the thread that owns the connection. */
final class CatalogTables {
    static final long NOTHING_APPLIED = -1;

    private CatalogTables() {}

    static void create(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS queue (
                      name VARCHAR(1024) PRIMARY KEY,
                      queue_id BIGINT NOT NULL UNIQUE,
                      shard INT NOT NULL,
                      created_at TIMESTAMP WITH TIME ZONE NOT NULL,
                      creator VARCHAR(1024) NOT NULL)
                    """);
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS queue_setting (
                      queue_name VARCHAR(1024) NOT NULL REFERENCES queue (name) ON DELETE CASCADE,
                      setting VARCHAR(256) NOT NULL,
                      setting_value VARCHAR(4096) NOT NULL,
                      PRIMARY KEY (queue_name, setting))
                    """);
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS projection (
                      id INT PRIMARY KEY CHECK (id = 1),
                      journal_id VARCHAR(64) NOT NULL,
                      applied_index BIGINT NOT NULL)
                    """);
        }
        connection.commit();
    }

    /** How far the copy is; nothing when it is new or of another journal, which is written down at once. */
    static long readAppliedIndex(Connection connection, String journalId) throws SQLException {
        try (var query = connection.prepareStatement("SELECT journal_id, applied_index FROM projection")) {
            var row = query.executeQuery();
            if (row.next() && row.getString(1).equals(journalId)) {
                return row.getLong(2);
            }
        }
        clear(connection);
        try (var merge = connection.prepareStatement("MERGE INTO projection KEY (id) VALUES (1, ?, ?)")) {
            merge.setString(1, journalId);
            merge.setLong(2, NOTHING_APPLIED);
            merge.executeUpdate();
        }
        connection.commit();
        return NOTHING_APPLIED;
    }

    static int count(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            var row = statement.executeQuery("SELECT COUNT(*) FROM queue");
            row.next();
            return row.getInt(1);
        }
    }

    static void writeAppliedIndex(Connection connection, long index) throws SQLException {
        try (var update = connection.prepareStatement("UPDATE projection SET applied_index = ? WHERE id = 1")) {
            update.setLong(1, index);
            update.executeUpdate();
        }
    }

    static void clear(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("DELETE FROM queue");
        }
    }

    /** Forgets all definitions, at once and for good: who crashes before the next ones are written finds nothing applied. */
    static void empty(Connection connection) throws SQLException {
        writeAppliedIndex(connection, NOTHING_APPLIED);
        connection.commit();
        try (var statement = connection.createStatement()) {
            // Quicker than deleting rows by far; each ends the transaction.
            statement.execute("DROP TABLE queue_setting");
            statement.execute("DROP TABLE queue");
        }
        create(connection);
    }

    static void store(Connection connection, QueueDefinition definition) throws SQLException {
        remove(connection, definition.name());
        insert(connection, List.of(definition));
    }

    /** Adds definitions of queues that are not there. */
    static void insert(Connection connection, Collection<QueueDefinition> definitions) throws SQLException {
        try (var queues = connection.prepareStatement(
                        "INSERT INTO queue (name, queue_id, shard, created_at, creator) VALUES (?, ?, ?, ?, ?)");
                var settings = connection.prepareStatement("INSERT INTO queue_setting VALUES (?, ?, ?)")) {
            for (var definition : definitions) {
                queues.setString(1, definition.name());
                queues.setLong(2, definition.queueId());
                queues.setInt(3, definition.shard());
                queues.setObject(
                        4,
                        OffsetDateTime.ofInstant(Instant.ofEpochMilli(definition.createdAtMillis()), ZoneOffset.UTC));
                queues.setString(5, definition.creator());
                queues.executeUpdate();
                for (var setting : definition.settings().entrySet()) {
                    settings.setString(1, definition.name());
                    settings.setString(2, setting.getKey());
                    settings.setString(3, setting.getValue());
                    settings.executeUpdate();
                }
            }
        }
    }

    static void remove(Connection connection, String queueName) throws SQLException {
        try (var delete = connection.prepareStatement("DELETE FROM queue WHERE name = ?")) {
            delete.setString(1, queueName);
            delete.executeUpdate();
        }
    }
}
