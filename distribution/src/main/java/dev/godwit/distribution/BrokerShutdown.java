package dev.godwit.distribution;

import dev.godwit.broker.Broker;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the broker when the JVM is told to end. A stop that was asked for is no failure, so the process ends with exit
 * code 0, where the JVM would say 128 + signal.
 */
final class BrokerShutdown {
    private static final Logger log = LoggerFactory.getLogger(BrokerShutdown.class);
    private static final long STOP_SECONDS = 60;

    private BrokerShutdown() {}

    static void onSignal(Broker broker) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker), "shutdown"));
    }

    private static void stop(Broker broker) {
        var exitCode = ExitCode.FAILED;
        try {
            CompletableFuture.runAsync(broker::close, task -> new Thread(task, "broker-close").start())
                    .get(STOP_SECONDS, TimeUnit.SECONDS);
            exitCode = ExitCode.OK;
        } catch (TimeoutException stuck) {
            log.error("not stopped after {} s, so the process ends as it is; nothing confirmed is lost", STOP_SECONDS);
        } catch (ExecutionException | InterruptedException failed) {
            log.error("the stop failed, so the process ends as it is; nothing confirmed is lost", failed);
        }
        Runtime.getRuntime().halt(exitCode.code());
    }
}
