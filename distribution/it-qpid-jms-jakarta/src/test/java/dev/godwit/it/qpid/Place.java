package dev.godwit.it.qpid;

import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.Topic;

/** The kinds of destination, and how each becomes known to a sender. */
enum Place {
    QUEUE {
        @Override
        Destination open(Session consuming, String name) throws JMSException {
            return consuming.createQueue(name);
        }

        @Override
        boolean isKindOf(Destination destination) {
            return destination instanceof Queue && !(destination instanceof TemporaryQueue);
        }
    },
    TOPIC {
        @Override
        Destination open(Session consuming, String name) throws JMSException {
            return consuming.createTopic(name);
        }

        @Override
        boolean isKindOf(Destination destination) {
            return destination instanceof Topic && !(destination instanceof TemporaryTopic);
        }
    },
    TEMPORARY_QUEUE {
        @Override
        Destination open(Session consuming, String name) throws JMSException {
            return consuming.createTemporaryQueue();
        }

        @Override
        boolean isKindOf(Destination destination) {
            return destination instanceof TemporaryQueue;
        }
    },
    TEMPORARY_TOPIC {
        @Override
        Destination open(Session consuming, String name) throws JMSException {
            return consuming.createTemporaryTopic();
        }

        @Override
        boolean isKindOf(Destination destination) {
            return destination instanceof TemporaryTopic;
        }
    };

    /**
     * The destination in the hands of who consumes from it. A sender may be given it as it is: each client takes the
     * destinations of the other.
     *
     * @param name for those that have one of their own
     */
    abstract Destination open(Session consuming, String name) throws JMSException;

    abstract boolean isKindOf(Destination destination);

    static String nameOf(Destination destination) throws JMSException {
        return destination instanceof Queue queue ? queue.getQueueName() : ((Topic) destination).getTopicName();
    }
}
