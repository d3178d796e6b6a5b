package dev.godwit.it.protonj2;

import static dev.godwit.it.protonj2.ManagedBroker.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.security.Action;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What somebody with rights on a few names can make the broker do elsewhere: nothing. */
@Timeout(60)
final class RightsTest {
    private static final long SOON_SECONDS = 10;
    private static final int TEMPORARY_NODES_MAX = 1_000;

    @RegisterExtension
    private final ConnectedBroker broker =
            new ConnectedBroker(defaults -> defaults.withSecurity(new BrokerConfiguration.Security(
                    Map.of(),
                    List.of(
                            rule("mine.*", EnumSet.allOf(Action.class)),
                            rule("temporary.*", EnumSet.allOf(Action.class)),
                            rule("out.*", EnumSet.of(Action.SEND)),
                            rule("made.*", EnumSet.of(Action.CREATE))))));

    private static AccessRule rule(String addresses, EnumSet<Action> actions) {
        return new AccessRule(List.of("*"), List.of(), List.of(addresses), actions, true);
    }

    private int ask(String operation, String queue, String deadLetterAddress) throws ClientException {
        return status(
                broker.management().ask(operation, "queue", queue, Map.of("deadLetterAddress", deadLetterAddress)));
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
        assertThatThrownBy(() ->
                        broker.connection().openReceiver(name).openFuture().get(SOON_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("1024")
                .hasMessageNotContaining("xxx");
        assertThatThrownBy(
                        () -> broker.connection().openSender(name).openFuture().get(SOON_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("1024")
                .hasMessageNotContaining("xxx");
    }

    @Test
    void aConnectionHasNoMoreThanSomeTemporaryNodes() throws Exception {
        for (int node = 0; node < TEMPORARY_NODES_MAX; node++) {
            broker.connection()
                    .openDynamicReceiver(new ReceiverOptions().linkName("r" + node))
                    .openFuture()
                    .get(SOON_SECONDS, TimeUnit.SECONDS)
                    .detach();
        }
        assertThatThrownBy(() ->
                        broker.connection().openDynamicReceiver().openFuture().get(SOON_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("1000 temporary nodes");
        assertThat(broker.queues()).isEqualTo(TEMPORARY_NODES_MAX);
    }
}
