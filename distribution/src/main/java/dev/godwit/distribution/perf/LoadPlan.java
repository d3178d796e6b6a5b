package dev.godwit.distribution.perf;

import dev.godwit.distribution.client.BrokerEndpoint;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a run is to do. Immutable.
 *
 * @param address of the one queue or topic, or what the names of several queues begin with
 * @param connections at most this many for the producers, and this many for the consumers
 * @param deliveryDelay all messages are to be given out at once, so long after the begin; zero for each as soon as it comes
 * @param inFlight messages that a producer may have sent and not yet heard of
 * @param ahead messages that producers may be ahead of the slowest consumer; 0 for no limit
 * @param ratePerSecond of all producers together; 0 for as fast as they can
 * @param transactionSize messages in a transaction; 0 for none
 * @param topic every consumer is a subscriber that gets all messages
 * @param backlog first write everything, then consume it
 * @param inTurn one backlog after the other, each of its producer, queue and consumer; the first half is warming up
 * @param count messages in all; 0 to go by the clock
 * @param drainTimeout how long consumers may get nothing at the end before the rest counts as lost
 * @param serverPid the broker's process, for its CPU time; 0 when unknown
 */
public record LoadPlan(
        BrokerEndpoint broker,
        String address,
        int queues,
        int producers,
        int consumers,
        int connections,
        int eventLoops,
        int sizeBytes,
        boolean durable,
        boolean presettled,
        Duration deliveryDelay,
        int inFlight,
        int ahead,
        double ratePerSecond,
        int transactionSize,
        int credit,
        boolean topic,
        boolean backlog,
        boolean inTurn,
        long count,
        Duration duration,
        Duration warmup,
        Duration drainTimeout,
        long serverPid) {

    public LoadPlan {
        check(queues >= 1, "at least one queue is needed");
        check(producers >= 0 && consumers >= 0 && producers + consumers > 0, "a producer or a consumer is needed");
        check(connections >= 1, "at least one connection is needed");
        check(eventLoops >= 1, "at least one event loop is needed");
        check(
                sizeBytes >= PayloadTemplate.SIZE_BYTES_MIN,
                "a message needs " + PayloadTemplate.SIZE_BYTES_MIN + " bytes at least");
        check(!deliveryDelay.isNegative(), "a delivery delay cannot be negative");
        check(inFlight >= 1, "at least one message must be in flight");
        check(ahead >= 0, "nobody can be less than nothing ahead");
        check(
                ahead == 0 || (consumers > 0 && producers > 0 && !backlog),
                "to keep producers close to consumers (--ahead), there must be some of each, and no --backlog");
        check(ratePerSecond >= 0, "a rate cannot be negative");
        check(credit >= 1, "consumers need credit");
        check(transactionSize >= 0, "a transaction cannot hold fewer than no messages");
        check(
                transactionSize == 0 || transactionSize <= inFlight,
                "a transaction of " + transactionSize + " messages needs as many in flight (--in-flight)");
        check(!(presettled && transactionSize > 0), "a presettled message cannot be part of a transaction");
        check(!(topic && queues > 1), "a topic is one address: leave out --queues");
        check(!(backlog && (topic || count == 0)), "a backlog needs a queue and a count of messages (--count)");
        check(!(backlog && (producers == 0 || consumers == 0)), "a backlog needs producers and consumers");
        check(
                !inTurn || (backlog && queues == producers && queues == consumers && queues > 1),
                "backlogs in turn (--in-turn) need --backlog, and as many queues as producers and as consumers");
        check(count > 0 || !duration.isZero(), "a run needs a duration or a count of messages");
    }

    /** The addresses, one for each queue. */
    List<String> addresses() {
        if (queues == 1) {
            return List.of(address);
        }
        return IntStream.range(0, queues).mapToObj(i -> address + "-" + i).toList();
    }

    /** The queue of the nth producer, or of the nth consumer. */
    String addressOf(int index) {
        return addresses().get(index % queues);
    }

    /** How many of {@link #count} the nth producer sends; without limit when the clock decides. */
    long countOf(int producer) {
        return count == 0 ? Long.MAX_VALUE : count / producers + (producer < count % producers ? 1 : 0);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
