package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.exceptions.ClientException;

/** What comes to a receiver. */
final class Arrivals {
    /** More than any answer of a broker takes. */
    private static final long SOON_SECONDS = 20;

    private Arrivals() {}

    /** The next delivery, which is awaited; fails when none comes. */
    static Delivery next(Receiver receiver) throws ClientException {
        var delivery = receiver.receive(SOON_SECONDS, TimeUnit.SECONDS);
        assertThat(delivery).as("a message from " + receiver.address()).isNotNull();
        return delivery;
    }

    /** The body of the next message. */
    static Object nextBody(Receiver receiver) throws ClientException {
        return next(receiver).message().body();
    }

    static List<Object> nextBodies(Receiver receiver, int count) throws ClientException {
        var bodies = new ArrayList<>();
        while (bodies.size() < count) {
            bodies.add(nextBody(receiver));
        }
        return bodies;
    }
}
