package dev.godwit.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.arjPropertyManager;
import com.arjuna.ats.arjuna.common.recoveryPropertyManager;
import com.arjuna.ats.arjuna.recovery.RecoveryManager;
import com.arjuna.ats.internal.arjuna.recovery.AtomicActionRecoveryModule;
import com.arjuna.ats.internal.jta.recovery.arjunacore.JTANodeNameXAResourceOrphanFilter;
import com.arjuna.ats.internal.jta.recovery.arjunacore.JTATransactionLogXAResourceOrphanFilter;
import com.arjuna.ats.internal.jta.recovery.arjunacore.XARecoveryModule;
import com.arjuna.ats.jta.common.jtaPropertyManager;
import com.arjuna.ats.jta.recovery.XAResourceRecoveryHelper;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import dev.godwit.it.EmbeddedBroker;
import dev.godwit.jms.GodwitConnectionFactory;
import dev.godwit.jms.session.XaConnection;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import jakarta.jms.XASession;
import jakarta.transaction.TransactionManager;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Narayana, a transaction manager that others wrote, commits over two of our brokers through our client. */
@Timeout(120)
final class TransactionManagerTest {
    private static final String NODE = "1";
    private static final String QUEUE = "of-the-manager";

    @RegisterExtension
    static final EmbeddedBroker FIRST = new EmbeddedBroker();

    @RegisterExtension
    static final EmbeddedBroker SECOND = new EmbeddedBroker();

    private static @Nullable RecoveryManager recovery;

    @BeforeAll
    static void configure(@TempDir Path store) throws Exception {
        for (var name : new String[] {null, "communicationStore", "stateStore"}) {
            var bean = name == null
                    ? BeanPopulator.getDefaultInstance(ObjectStoreEnvironmentBean.class)
                    : BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, name);
            bean.setObjectStoreDir(store.toString());
        }
        arjPropertyManager.getCoreEnvironmentBean().setNodeIdentifier(NODE);
        jtaPropertyManager.getJTAEnvironmentBean().setXaRecoveryNodes(List.of(NODE));
        jtaPropertyManager
                .getJTAEnvironmentBean()
                .setXaResourceOrphanFilterClassNames(List.of(
                        JTATransactionLogXAResourceOrphanFilter.class.getName(),
                        JTANodeNameXAResourceOrphanFilter.class.getName()));
        var environment = recoveryPropertyManager.getRecoveryEnvironmentBean();
        environment.setRecoveryModuleClassNames(
                List.of(AtomicActionRecoveryModule.class.getName(), XARecoveryModule.class.getName()));
        environment.setRecoveryBackoffPeriod(1);
        var manager = RecoveryManager.manager(RecoveryManager.DIRECT_MANAGEMENT);
        manager.initialize();
        recovery = manager;
    }

    @AfterAll
    static void stop() {
        if (recovery != null) {
            recovery.terminate();
        }
    }

    private static TransactionManager manager() {
        return com.arjuna.ats.jta.TransactionManager.transactionManager();
    }

    private static GodwitConnectionFactory factory(EmbeddedBroker broker) {
        return new GodwitConnectionFactory(broker.uri().toString());
    }

    private static void send(XASession session, String text) throws JMSException {
        session.createProducer(session.createQueue(QUEUE)).send(session.createTextMessage(text));
    }

    /** What is on the queue of a broker, of which nothing is left. */
    private static @Nullable String take(EmbeddedBroker broker) {
        try (JMSContext context = factory(broker).createContext(Session.AUTO_ACKNOWLEDGE);
                var consumer = context.createConsumer(context.createQueue(QUEUE))) {
            return consumer.receiveBody(String.class, 500);
        }
    }

    @Test
    void commitsAndRollsBackOverTwoBrokers() throws Exception {
        try (var first = factory(FIRST).createXAConnection();
                var second = factory(SECOND).createXAConnection();
                var one = first.createXASession();
                var other = second.createXASession()) {
            for (var end : List.of("commit", "roll back")) {
                manager().begin();
                var transaction = manager().getTransaction();
                transaction.enlistResource(one.getXAResource());
                transaction.enlistResource(other.getXAResource());
                send(one, end);
                send(other, end);
                transaction.delistResource(one.getXAResource(), XAResource.TMSUCCESS);
                transaction.delistResource(other.getXAResource(), XAResource.TMSUCCESS);
                if (end.equals("commit")) {
                    manager().commit();
                } else {
                    manager().rollback();
                }
                for (var broker : List.of(FIRST, SECOND)) {
                    assertThat(take(broker)).isEqualTo(end.equals("commit") ? end : null);
                }
            }
        }
    }

    /** The manager's recovery finds what is prepared, and its own decision. */
    @Test
    void endsWhatABrokerHadPreparedWhenItWasStarted() throws Exception {
        try (var first = factory(FIRST).createXAConnection();
                var second = factory(SECOND).createXAConnection();
                var one = first.createXASession();
                var other = second.createXASession()) {
            manager().begin();
            var transaction = manager().getTransaction();
            transaction.enlistResource(one.getXAResource());
            var restarting = new RestartingBeforeCommit(other.getXAResource());
            transaction.enlistResource(restarting);
            send(one, "recovered");
            send(other, "recovered");
            transaction.delistResource(one.getXAResource(), XAResource.TMSUCCESS);
            transaction.delistResource(restarting, XAResource.TMSUCCESS);
            manager().commit();
        } catch (JMSException closed) {
            assertThat(closed).hasMessageContaining("connection");
        }
        assertThat(take(FIRST)).isEqualTo("recovered");
        assertThat(take(SECOND)).isNull();

        var helper = new Helper(factory(SECOND));
        XARecoveryModule.getRegisteredXARecoveryModule().addXAResourceRecoveryHelper(helper);
        try (helper) {
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                if (recovery != null) {
                    recovery.scan();
                }
                return SECOND.preparedTransactions() == 0;
            });
        } finally {
            XARecoveryModule.getRegisteredXARecoveryModule().removeXAResourceRecoveryHelper(helper);
        }
        assertThat(take(SECOND)).isEqualTo("recovered");
    }

    /** The second broker ends between the two phases, and comes again. */
    private record RestartingBeforeCommit(XAResource resource) implements XAResource {
        @Override
        public void start(Xid xid, int flags) throws XAException {
            resource.start(xid, flags);
        }

        @Override
        public void end(Xid xid, int flags) throws XAException {
            resource.end(xid, flags);
        }

        @Override
        public int prepare(Xid xid) throws XAException {
            return resource.prepare(xid);
        }

        @Override
        public void commit(Xid xid, boolean onePhase) throws XAException {
            try {
                SECOND.restart();
            } catch (Exception failed) {
                throw new AssertionError("the broker does not come again", failed);
            }
            resource.commit(xid, onePhase);
        }

        @Override
        public void rollback(Xid xid) throws XAException {
            resource.rollback(xid);
        }

        @Override
        public Xid[] recover(int flags) throws XAException {
            return resource.recover(flags);
        }

        @Override
        public void forget(Xid xid) throws XAException {
            resource.forget(xid);
        }

        @Override
        public boolean isSameRM(XAResource other) {
            return other == this;
        }

        @Override
        public int getTransactionTimeout() throws XAException {
            return resource.getTransactionTimeout();
        }

        @Override
        public boolean setTransactionTimeout(int seconds) throws XAException {
            return resource.setTransactionTimeout(seconds);
        }
    }

    /** Gives the manager's recovery a connection of its own. */
    private static final class Helper implements XAResourceRecoveryHelper, AutoCloseable {
        private final XaConnection connection;
        private final XASession session;

        Helper(GodwitConnectionFactory factory) throws JMSException {
            connection = factory.createXAConnection();
            session = connection.createXASession();
        }

        @Override
        public boolean initialise(String parameter) {
            return true;
        }

        @Override
        public XAResource[] getXAResources() {
            return new XAResource[] {session.getXAResource()};
        }

        @Override
        public void close() throws JMSException {
            connection.close();
        }
    }
}
