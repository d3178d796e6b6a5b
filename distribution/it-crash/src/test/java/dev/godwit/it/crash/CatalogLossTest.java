package dev.godwit.it.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.BrokerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The catalog database is a copy: whatever happens to its file, the queues come back from the journal. */
final class CatalogLossTest {
    private static final int QUEUES = 25;

    @TempDir
    private Path directory;

    @BeforeEach
    void killABrokerThatHasQueues() throws Exception {
        try (var broker = BrokerProcess.start(data(), 0);
                var client = Client.create()) {
            createQueues(client, broker.port());
            broker.kill();
        }
        assertThat(catalogFile()).exists();
    }

    @Test
    void bringsEveryQueueBackWhenTheDatabaseWasDeleted() throws Exception {
        try (var files = Files.list(data())) {
            for (var file : files.filter(CatalogLossTest::isOfCatalog).toList()) {
                Files.delete(file);
            }
        }

        startAndStop();

        assertThat(queuesInDatabase()).containsAll(queues());
    }

    @Test
    void bringsEveryQueueBackWhenTheDatabaseWasTruncated() throws Exception {
        try (var file = Files.newByteChannel(catalogFile(), StandardOpenOption.WRITE)) {
            file.truncate(file.size() / 2);
        }

        startAndStop();

        assertThat(queuesInDatabase()).containsAll(queues());
    }

    @Test
    void bringsEveryQueueBackWhenTheDatabaseIsGarbage() throws Exception {
        var garbage = new byte[10_000];
        new Random(1).nextBytes(garbage);
        Files.write(catalogFile(), garbage);

        startAndStop();

        assertThat(queuesInDatabase()).containsAll(queues());
    }

    @Test
    void bringsEveryQueueBackWhenTheDatabaseIsThere() throws Exception {
        startAndStop();

        assertThat(queuesInDatabase()).containsAll(queues());
    }

    private Path data() {
        return directory.resolve("data");
    }

    private Path catalogFile() {
        return data().resolve("catalog.mv.db");
    }

    private static boolean isOfCatalog(Path file) {
        return file.getFileName().toString().startsWith("catalog.");
    }

    private static List<String> queues() {
        return IntStream.range(0, QUEUES)
                .mapToObj(number -> "catalog-" + number)
                .toList();
    }

    private static void createQueues(Client client, int port) throws ClientException {
        try (var connection = client.connect("127.0.0.1", port)) {
            for (var queue : queues()) {
                try (var sender = connection.openSender(queue)) {
                    sender.send(Message.create(queue).durable(true)).awaitAccepted();
                }
            }
        }
    }

    /** Starts the broker again, takes each queue's message from it, and stops it. */
    private void startAndStop() throws Exception {
        try (var broker = BrokerProcess.start(data(), 0);
                var client = Client.create();
                var connection = client.connect("127.0.0.1", broker.port())) {
            for (var queue : queues()) {
                try (var receiver = connection.openReceiver(queue)) {
                    assertThat(receiver.receive().message().body()).isEqualTo(queue);
                }
            }
        }
    }

    private List<String> queuesInDatabase() throws SQLException {
        var url = "jdbc:h2:file:" + data().resolve("catalog").toAbsolutePath() + ";IFEXISTS=TRUE";
        var names = new ArrayList<String>();
        try (var connection = DriverManager.getConnection(url, "sa", "");
                var query = connection.prepareStatement("SELECT name FROM queue ORDER BY name");
                var rows = query.executeQuery()) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }
}
