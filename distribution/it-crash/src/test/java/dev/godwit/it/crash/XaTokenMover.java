package dev.godwit.it.crash;

import dev.godwit.jms.GodwitConnectionFactory;
import dev.godwit.jms.session.XaConnection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.XASession;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/**
 * Moves tokens from queue to queue in branches that it prepares, as a transaction manager does: what it has decided to commit
 * it notes first, and whenever it comes back it asks what is prepared, and ends that as it is noted, or rolls it back. Used
 * by one thread.
 */
final class XaTokenMover implements Callable<Void> {
    private static final int RECEIVE_MILLIS = 200;

    private final String uri;
    private final List<String> queues;
    private final int number;
    private final Lives lives;
    private final Random random;
    private final Runnable onCommitted;

    /** Branches that are to be committed, whatever happens. */
    private final Set<Long> decided = new HashSet<>();

    private long lastBranch;

    /** @param number of this one among all movers */
    XaTokenMover(String uri, List<String> queues, int number, Lives lives, Random random, Runnable onCommitted) {
        this.uri = uri;
        this.queues = queues;
        this.number = number;
        this.lives = lives;
        this.random = random;
        this.onCommitted = onCommitted;
    }

    private record Branch(int mover, long number) implements Xid {
        @Override
        public int getFormatId() {
            return mover;
        }

        @Override
        public byte[] getGlobalTransactionId() {
            return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
        }

        @Override
        public byte[] getBranchQualifier() {
            return new byte[] {1};
        }
    }

    @Override
    public Void call() throws InterruptedException {
        for (int life = lives.awaitAfter(0); life > 0; life = lives.awaitAfter(life)) {
            try (XaConnection connection = new GodwitConnectionFactory(uri).createXAConnection()) {
                connection.start();
                var session = connection.createXASession();
                recover(session.getXAResource());
                while (!lives.isOver()) {
                    move(session);
                }
                return null;
            } catch (JMSException | XAException lost) {
                // The broker was killed. The next life tells what has become of what was under way.
            }
        }
        return null;
    }

    /** Ends what this mover has left prepared. */
    private void recover(XAResource resource) throws XAException {
        for (Xid xid : resource.recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN)) {
            if (xid.getFormatId() == number) {
                if (decided.contains(
                        ByteBuffer.wrap(xid.getGlobalTransactionId()).getLong())) {
                    resource.commit(xid, false);
                } else {
                    resource.rollback(xid);
                }
            }
        }
    }

    private void move(XASession session) throws JMSException, XAException {
        var resource = session.getXAResource();
        var xid = new Branch(number, ++lastBranch);
        resource.start(xid, XAResource.TMNOFLAGS);
        Message token;
        try (var consumer = session.createConsumer(session.createQueue(anyQueue()))) {
            token = consumer.receive(RECEIVE_MILLIS);
        }
        if (token != null) {
            try (var producer = session.createProducer(session.createQueue(anyQueue()))) {
                producer.send(token);
            }
        }
        resource.end(xid, XAResource.TMSUCCESS);
        if (resource.prepare(xid) == XAResource.XA_RDONLY) {
            return;
        }
        if (random.nextInt(10) == 0) {
            resource.rollback(xid);
        } else {
            decided.add(xid.number());
            resource.commit(xid, false);
            onCommitted.run();
        }
    }

    private String anyQueue() {
        return queues.get(random.nextInt(queues.size()));
    }
}
