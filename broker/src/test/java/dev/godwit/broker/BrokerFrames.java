package dev.godwit.broker;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests begin with that speak to a whole broker frame by frame: each has one of its own. */
@SuppressWarnings("NullAway.Init")
abstract class BrokerFrames {
    @TempDir
    Path directory;

    RawBroker broker;

    @BeforeEach
    void start() throws BrokerStartException {
        broker = new RawBroker(directory);
    }

    @AfterEach
    void stop() {
        broker.close();
    }
}
