package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.security.Action;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What somebody with rights on a few names can make the broker do elsewhere: nothing. */
@Timeout(60)
final class RightsTest {
    private static final long SOON_SECONDS = 10;
    private static final int TEMPORARY_NODES_MAX = 1_000;

    @TempDir
    private Path data;

    private Client client;
    private Broker broker;
    private Connection connection;

    @BeforeEach
    void start() throws Exception {
        var all = EnumSet.allOf(Action.class);
        var rules = List.of(
                rule("mine.*", all),
                rule("temporary.*", all),
                rule("out.*", EnumSet.of(Action.SEND)),
                rule("made.*", EnumSet.of(Action.CREATE)));
        broker = Broker.start(BrokerConfiguration.defaults(data)
                .withPort(0)
                .withSecurity(new BrokerConfiguration.Security(Map.of(), rules)));
        client = Client.create();
        connection = client.connect("127.0.0.1", broker.port());
    }

    private static AccessRule rule(String addresses, EnumSet<Action> actions) {
        return new AccessRule(List.of("*"), List.of(), List.of(addresses), actions, true);
    }

    @AfterEach
    void stop() {
        connection.close();
        client.close();
        broker.close();
    }

    private int ask(String operation, String queue, String deadLetterAddress) throws ClientException {
        var answers = connection.openDynamicReceiver();
        var requests = connection.openSender("$management");
        requests.send(Message.create((Object) Map.of("deadLetterAddress", deadLetterAddress))
                        .messageId("1")
                        .property("operation", operation)
                        .property("type", "queue")
                        .property("name", queue)
                        .replyTo(answers.address()))
                .awaitAccepted();
        var answer = answers.receive(SOON_SECONDS, TimeUnit.SECONDS).message();
        requests.close();
        answers.close();
        return (Integer) answer.property("statusCode");
    }

    @Test
    void deadLettersGoOnlyWhereWhoeverNamesTheAddressMaySend() throws Exception {
        assertThat(ask("CREATE", "mine.a", "admin.commands")).isEqualTo(403);
        assertThat(ask("CREATE", "mine.a", "made.a")).isEqualTo(403);
        assertThat(ask("CREATE", "mine.a", "out.a")).as("it is not there").isEqualTo(403);
        assertThat(ask("CREATE", "mine.a", "mine.dead")).isEqualTo(201);
        assertThat(ask("UPDATE", "mine.a", "admin.commands")).isEqualTo(403);
        assertThat(ask("UPDATE", "mine.a", "mine.others")).isEqualTo(200);
    }

    @Test
    void longAddressesAreNotRepeated() {
        var name = "mine." + "x".repeat(5_000);
        assertThatThrownBy(() -> connection.openReceiver(name).openFuture().get(SOON_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("1024")
                .hasMessageNotContaining("xxx");
        assertThatThrownBy(() -> connection.openSender(name).openFuture().get(SOON_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("1024")
                .hasMessageNotContaining("xxx");
    }

    @Test
    void aConnectionHasNoMoreThanSomeTemporaryNodes() throws Exception {
        for (int node = 0; node < TEMPORARY_NODES_MAX; node++) {
            connection
                    .openDynamicReceiver(new ReceiverOptions().linkName("r" + node))
                    .openFuture()
                    .get(SOON_SECONDS, TimeUnit.SECONDS)
                    .detach();
        }
        assertThatThrownBy(() -> connection.openDynamicReceiver().openFuture().get(SOON_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("1000 temporary nodes");
        assertThat(broker.queueStatistics().join()).hasSize(TEMPORARY_NODES_MAX);
    }
}
