package dev.godwit.broker.catalog.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.catalog.QueueDefinition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2CatalogTest {
    private static final QueueDefinition ORDERS =
            new QueueDefinition(1, "orders", 3, 1_700_000_000_000L, "ann", Map.of("a", "b"));
    private static final QueueDefinition BILLS =
            new QueueDefinition(2, "bills", 4, 1_700_000_000_001L, "bob", Map.of());

    @TempDir
    Path directory;

    @Test
    void knowsAfterReopeningHowFarItIs() throws Exception {
        try (var catalog = H2Catalog.open(directory, "journal-1")) {
            assertThat(catalog.appliedIndex()).isEqualTo(-1);
            catalog.onStored(ORDERS, 5);
            catalog.onStored(BILLS, 6);
            catalog.onRemoved("bills", 9);
        }
        try (var catalog = H2Catalog.open(directory, "journal-1")) {
            assertThat(catalog.appliedIndex()).isEqualTo(9);
            assertThat(catalog.count()).isOne();
        }
        assertThat(queues()).containsExactly("orders by ann in 3");
    }

    @Test
    void forgetsWhatBelongsToAnotherJournal() throws Exception {
        try (var catalog = H2Catalog.open(directory, "journal-1")) {
            catalog.onStored(ORDERS, 5);
        }
        try (var catalog = H2Catalog.open(directory, "journal-2")) {
            assertThat(catalog.appliedIndex()).isEqualTo(-1);
        }
        assertThat(queues()).isEmpty();
    }

    @Test
    void isMadeAnewWhenItsFileIsGarbage() throws Exception {
        try (var catalog = H2Catalog.open(directory, "journal-1")) {
            catalog.onStored(ORDERS, 5);
        }
        Files.write(directory.resolve("catalog.mv.db"), new byte[8_192]);
        try (var catalog = H2Catalog.open(directory, "journal-1")) {
            assertThat(catalog.appliedIndex()).isEqualTo(-1);
            catalog.rebuild(List.of(ORDERS, BILLS), 7);
        }
        assertThat(queues()).containsExactlyInAnyOrder("orders by ann in 3", "bills by bob in 4");
    }

    /** It opens, and says how far it is, but takes nothing: so may one that a broker left that was killed. */
    @Test
    void isMadeAnewWhenItCannotBeFilled() throws Exception {
        try (var connection = DriverManager.getConnection(url(), "sa", "");
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE queue (name VARCHAR(1024) PRIMARY KEY)");
            statement.execute(
                    "CREATE TABLE projection (id INT PRIMARY KEY, journal_id VARCHAR(64), applied_index INT)");
            statement.execute("INSERT INTO projection VALUES (1, 'journal-1', 3)");
        }
        try (var catalog = H2Catalog.open(directory, "journal-1")) {
            assertThat(catalog.appliedIndex()).isEqualTo(3);
            catalog.rebuild(List.of(ORDERS), 7);
            catalog.onStored(BILLS, 8);
        }
        assertThat(queues()).containsExactlyInAnyOrder("orders by ann in 3", "bills by bob in 4");
        try (var catalog = H2Catalog.open(directory, "journal-1")) {
            assertThat(catalog.appliedIndex()).isEqualTo(8);
        }
    }

    private String url() {
        return "jdbc:h2:file:" + directory.resolve("catalog").toAbsolutePath();
    }

    @Test
    void storingAgainReplaces() throws Exception {
        try (var catalog = H2Catalog.open(directory, "journal-1")) {
            catalog.onStored(ORDERS, 5);
            catalog.onStored(new QueueDefinition(1, "orders", 3, 0, "carl", Map.of("c", "d")), 6);
        }
        assertThat(queues()).containsExactly("orders by carl in 3");
    }

    private List<String> queues() throws SQLException {
        var found = new ArrayList<String>();
        try (var connection = DriverManager.getConnection(url(), "sa", "");
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT name, creator, shard FROM queue")) {
            while (rows.next()) {
                found.add(rows.getString(1) + " by " + rows.getString(2) + " in " + rows.getInt(3));
            }
        }
        return found;
    }
}
