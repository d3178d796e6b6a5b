package dev.godwit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.jms.GodwitConnectionFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
    @TempDir
    private Path directory;

    private Broker broker;

    @BeforeEach
    void startBroker() throws Exception {
        broker = Broker.start(BrokerConfiguration.defaults(directory).withPort(0));
    }

    @AfterEach
    void stopBroker() {
        broker.close();
    }

    @Test
    void sendsAndReceives() throws Exception {
        assertThat(SendAndReceive.run(new GodwitConnectionFactory(broker.uri()), "greetings"))
                .isEqualTo("Hello from greetings (en)");
    }

    @Test
    void asksAndIsAnswered() throws Exception {
        assertThat(RequestReply.run(new GodwitConnectionFactory(broker.uri()), "capitals", "which way?"))
                .isEqualTo("WHICH WAY?");
    }

    @Test
    void receivesTheOrdersThatWereSent() {
        SendOrders.main(new String[] {broker.uri(), "orders", "1", "3"});
        ReceiveOrders.main(new String[] {broker.uri(), "orders", "3"});
    }
}
