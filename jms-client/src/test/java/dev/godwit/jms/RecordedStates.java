package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.jms.session.ConnectionStateListener;
import jakarta.jms.JMSException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a connection tells of its losses and returns, in order: "interrupted" and "restored". Any thread. */
final class RecordedStates implements ConnectionStateListener {
    private final BlockingQueue<String> states = new LinkedBlockingQueue<>();

    /** What it tells next, soon. */
    void assertNext(String state) throws InterruptedException {
        assertThat(states.poll(Clients.SOON_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo(state);
    }

    @Override
    public void onInterrupted(JMSException cause) {
        states.add("interrupted");
    }

    @Override
    public void onRestored(String broker) {
        states.add("restored");
    }
}
