package dev.godwit.broker;

import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.health.HealthPort;
import dev.godwit.broker.health.NodeHealth;
import dev.godwit.broker.runtime.Clock;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a node is, and the port where that is told, if there is one. Open before anything else, closed after it. */
record HealthDoor(NodeHealth health, @Nullable HealthPort port) implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HealthDoor.class);

    /** @param address where to listen; null for nowhere */
    static HealthDoor open(@Nullable NodeAddress address) throws BrokerStartException {
        var health = new NodeHealth(Clock.SYSTEM);
        if (address == null) {
            return new HealthDoor(health, null);
        }
        try {
            var port = HealthPort.open(health, address.host(), address.port());
            log.info("says at {} whether this node is well", address.withPort(port.port()));
            return new HealthDoor(health, port);
        } catch (ExecutionException failed) {
            var cause = failed.getCause() == null ? failed : failed.getCause();
            throw new BrokerStartException(
                    ListenPoint.isBindFailure(cause) ? Kind.PORT_IN_USE : Kind.FAILED,
                    "cannot listen on " + address + " (" + cause.getMessage() + "): choose another with health.listen",
                    failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BrokerStartException(Kind.FAILED, "interrupted", interrupted);
        }
    }

    @Override
    public void close() {
        if (port != null) {
            port.close();
        }
    }
}
