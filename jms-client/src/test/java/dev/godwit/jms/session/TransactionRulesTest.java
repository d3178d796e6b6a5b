package dev.godwit.jms.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import jakarta.jms.IllegalStateException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What transacted sessions promise, over a broker that does as the test says. */
@Timeout(20)
class TransactionRulesTest extends FakeBrokerSession {
    @Test
    @JmsSpec("6.2.7")
    void transactedSessionAcceptsWithinTheTransaction() throws Exception {
        connection.start();
        Session transacted = connection.createSession(true, 0);
        MessageConsumer consumer = transacted.createConsumer(queue);
        broker.receiver().deliver("a");
        broker.receiver().deliver("b");
        consumer.receive();
        transacted.rollback();
        assertThat(broker.log).containsSubsequence("ACCEPTED a", "drain", "RELEASED b", "rollback");
        assertThat(broker.receiver().credit()).isEqualTo(1_000);
        transacted.commit();
        assertThat(broker.log).endsWith("commit");
    }

    @Test
    @JmsSpec("10.3/rolled-back")
    void failedSendTurnsTheCommitIntoARollback() throws Exception {
        Session transacted = connection.createSession(true, 0);
        MessageProducer producer = transacted.createProducer(queue);
        broker.refusal = new ProviderException(Reason.MESSAGE_REFUSED, "full");
        producer.send(transacted.createTextMessage("a"));
        broker.refusal = null;
        assertThatThrownBy(transacted::commit)
                .isInstanceOf(jakarta.jms.TransactionRolledBackException.class)
                .hasMessageContaining("full");
        assertThat(broker.log).contains("rollback").doesNotContain("commit");
        transacted.commit();
        assertThat(broker.log).contains("commit");
    }

    @Test
    void transactionWithAFailedSendIsNotCommittedUntilItIsRolledBack() throws Exception {
        Session transacted = connection.createSession(true, 0);
        MessageProducer producer = transacted.createProducer(queue);
        broker.refusal = new ProviderException(Reason.MESSAGE_REFUSED, "full");
        producer.send(transacted.createTextMessage("a"));
        assertThatThrownBy(transacted::rollback).hasMessageContaining("rolling back");
        broker.refusal = null;
        assertThatThrownBy(transacted::commit).isInstanceOf(jakarta.jms.TransactionRolledBackException.class);
        assertThat(broker.log).doesNotContain("commit");
        transacted.commit();
        assertThat(broker.log).endsWith("commit");
    }

    @Test
    void rollbackGoesOutEvenWhenSendsHaveNoAnswer() throws Exception {
        try (ClientConnection quick = broker.connect(FakeBroker.settings(10, 50))) {
            Session transacted = quick.createSession(true, 0);
            broker.holdsSends = true;
            transacted.createProducer(queue).send(transacted.createTextMessage("a"));
            assertThatThrownBy(transacted::rollback).hasMessageContaining("has not answered all sends");
            assertThat(broker.log).endsWith("rollback");
            broker.heldReplies.get(0).onAccepted();
            assertThatThrownBy(transacted::commit).isInstanceOf(jakarta.jms.TransactionRolledBackException.class);
            assertThat(broker.log).doesNotContain("commit");
        }
    }

    @Test
    @JmsSpec("10.3/illegal-state")
    void onlyTransactedSessionsCommitAndOnlyOthersRecover() throws Exception {
        assertThatThrownBy(session::commit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(session::rollback).isInstanceOf(IllegalStateException.class);
        Session transacted = connection.createSession(true, 0);
        assertThatThrownBy(transacted::recover).isInstanceOf(IllegalStateException.class);
    }
}
