package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Received;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.jspecify.annotations.Nullable;

/** Delivery states, between the engine's classes and ours. Owns nothing. */
final class ProtonStates {
    private ProtonStates() {}

    static org.apache.qpid.proton.amqp.transport.DeliveryState toEngine(DeliveryState state) {
        if (state instanceof Outcome outcome) {
            return (org.apache.qpid.proton.amqp.transport.DeliveryState) toEngine(outcome);
        }
        if (state instanceof TransactionalState transactional) {
            var engineState = new org.apache.qpid.proton.amqp.transaction.TransactionalState();
            engineState.setTxnId(new Binary(transactional.transactionId().toBytes()));
            Outcome outcome = transactional.outcome();
            if (outcome != null) {
                engineState.setOutcome(toEngine(outcome));
            }
            return engineState;
        }
        if (state instanceof Declared declared) {
            var engineState = new org.apache.qpid.proton.amqp.transaction.Declared();
            engineState.setTxnId(new Binary(declared.transactionId().toBytes()));
            return engineState;
        }
        if (state instanceof Received received) {
            var engineState = new org.apache.qpid.proton.amqp.messaging.Received();
            engineState.setSectionNumber(UnsignedInteger.valueOf(received.sectionNumber()));
            engineState.setSectionOffset(UnsignedLong.valueOf(received.sectionOffset()));
            return engineState;
        }
        throw new IllegalArgumentException("unknown delivery state: " + state);
    }

    static org.apache.qpid.proton.amqp.messaging.Outcome toEngine(Outcome outcome) {
        if (outcome instanceof Outcome.Accepted) {
            return Accepted.getInstance();
        }
        if (outcome instanceof Outcome.Released) {
            return Released.getInstance();
        }
        if (outcome instanceof Outcome.Rejected rejected) {
            var engineOutcome = new Rejected();
            if (rejected.error() != null) {
                engineOutcome.setError(ProtonValues.toEngine(rejected.error()));
            }
            return engineOutcome;
        }
        if (outcome instanceof Outcome.Modified modified) {
            var engineOutcome = new Modified();
            engineOutcome.setDeliveryFailed(modified.deliveryFailed());
            engineOutcome.setUndeliverableHere(modified.undeliverableHere());
            engineOutcome.setMessageAnnotations(ProtonValues.toEngineMap(modified.messageAnnotations()));
            return engineOutcome;
        }
        throw new IllegalArgumentException("unknown outcome: " + outcome);
    }

    static @Nullable DeliveryState fromEngine(
            org.apache.qpid.proton.amqp.transport.@Nullable DeliveryState engineState) {
        if (engineState == null) {
            return null;
        }
        if (engineState instanceof org.apache.qpid.proton.amqp.transaction.Declared declared) {
            return new Declared(transactionId(declared.getTxnId()));
        }
        if (engineState instanceof org.apache.qpid.proton.amqp.messaging.Outcome outcome) {
            return fromEngine(outcome);
        }
        if (engineState instanceof org.apache.qpid.proton.amqp.transaction.TransactionalState transactional) {
            return new TransactionalState(
                    transactionId(transactional.getTxnId()), fromEngine(transactional.getOutcome()));
        }
        if (engineState instanceof org.apache.qpid.proton.amqp.messaging.Received received) {
            return new Received(
                    received.getSectionNumber() == null
                            ? 0
                            : received.getSectionNumber().intValue(),
                    received.getSectionOffset() == null
                            ? 0
                            : received.getSectionOffset().longValue());
        }
        return null;
    }

    static @Nullable Outcome fromEngine(org.apache.qpid.proton.amqp.messaging.@Nullable Outcome engineOutcome) {
        if (engineOutcome instanceof Accepted) {
            return Outcome.Accepted.INSTANCE;
        }
        if (engineOutcome instanceof Released) {
            return Outcome.Released.INSTANCE;
        }
        if (engineOutcome instanceof Rejected rejected) {
            return new Outcome.Rejected(ProtonValues.fromEngine(rejected.getError()));
        }
        if (engineOutcome instanceof Modified modified) {
            return new Outcome.Modified(
                    Boolean.TRUE.equals(modified.getDeliveryFailed()),
                    Boolean.TRUE.equals(modified.getUndeliverableHere()),
                    ProtonValues.fromEngineMap(modified.getMessageAnnotations()));
        }
        return null;
    }

    static TransactionId transactionId(@Nullable Binary id) {
        if (id == null) {
            return new TransactionId(new byte[0]);
        }
        byte[] bytes = new byte[id.getLength()];
        System.arraycopy(id.getArray(), id.getArrayOffset(), bytes, 0, bytes.length);
        return new TransactionId(bytes);
    }
}
