package dev.godwit.jms.session;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What tests begin with that say what the broker does: a connection to it, a session and a queue. */
@SuppressWarnings("NullAway.Init")
abstract class FakeBrokerSession {
    final FakeBroker broker = new FakeBroker();
    ClientConnection connection;
    Session session;
    Queue queue;

    @BeforeEach
    void connect() throws Exception {
        connection = broker.connect();
        session = connection.createSession();
        queue = session.createQueue("q");
    }

    @AfterEach
    void close() throws Exception {
        broker.silent = false;
        broker.refusal = null;
        broker.heldReplies.forEach(reply -> reply.onAccepted());
        connection.close();
    }

    interface Call {
        void make() throws Exception;
    }

    static CompletableFuture<String> inBackground(java.util.concurrent.Callable<String> call) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return String.valueOf(call.call());
            } catch (Exception thrown) {
                return thrown.getClass().getSimpleName();
            }
        });
    }

    static String outcome(Call call) {
        try {
            call.make();
            return "fine";
        } catch (Exception thrown) {
            return thrown.getClass().getSimpleName();
        }
    }

    static String text(Message message) throws JMSException {
        return message.getBody(String.class);
    }

    static String textOf(Message message) {
        try {
            return text(message);
        } catch (JMSException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    /** As languages without checked exceptions throw them. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <T extends Exception> T unasked(Exception thrown) throws T {
        throw (T) thrown;
    }
}
