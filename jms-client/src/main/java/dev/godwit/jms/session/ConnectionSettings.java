package dev.godwit.jms.session;

import dev.godwit.jms.message.DeserializationPolicy;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.Settlement;

/**
 * How connections of a factory behave. A timeout is in milliseconds; {@link #NO_LIMIT} waits as long as it takes.
 *
 * @param connectTimeoutMillis until the broker has let us in
 * @param requestTimeoutMillis until the broker has answered anything else than a send
 * @param sendTimeoutMillis until the broker has taken a message, or let us send it
 * @param closeTimeoutMillis until a session or connection has said goodbye
 * @param daemonThreads listeners run on threads that keep no program alive
 * @param validatesPropertyNames whether properties of messages must have names that selectors can have
 */
public record ConnectionSettings(
        long connectTimeoutMillis,
        long requestTimeoutMillis,
        long sendTimeoutMillis,
        long closeTimeoutMillis,
        Naming naming,
        Sending sending,
        Receiving receiving,
        boolean daemonThreads,
        boolean validatesPropertyNames,
        DeserializationPolicy deserializationPolicy) {
    public static final long NO_LIMIT = -1;
    public static final int PREFETCH_MAX = 100_000;

    public static final ConnectionSettings DEFAULT = new ConnectionSettings(
            15_000,
            60_000,
            60_000,
            60_000,
            Naming.DEFAULT,
            Sending.DEFAULT,
            Receiving.DEFAULT,
            false,
            true,
            DeserializationPolicy.NOTHING);

    public ConnectionSettings {
        checkTimeout("connectTimeout", connectTimeoutMillis);
        checkTimeout("requestTimeout", requestTimeoutMillis);
        checkTimeout("sendTimeout", sendTimeoutMillis);
        checkTimeout("closeTimeout", closeTimeoutMillis);
    }

    public ConnectionSettings withReceiving(Receiving newReceiving) {
        return new ConnectionSettings(
                connectTimeoutMillis,
                requestTimeoutMillis,
                sendTimeoutMillis,
                closeTimeoutMillis,
                naming,
                sending,
                newReceiving,
                daemonThreads,
                validatesPropertyNames,
                deserializationPolicy);
    }

    public ConnectionSettings withTimeouts(long connectMillis, long requestMillis, long sendMillis, long closeMillis) {
        return new ConnectionSettings(
                connectMillis,
                requestMillis,
                sendMillis,
                closeMillis,
                naming,
                sending,
                receiving,
                daemonThreads,
                validatesPropertyNames,
                deserializationPolicy);
    }

    private static void checkTimeout(String name, long millis) {
        if (millis < NO_LIMIT || millis == 0) {
            throw new IllegalArgumentException(name + " must be -1 for no limit, or positive: " + millis);
        }
    }

    /**
     * What connections are called.
     *
     * @param clientIdPrefix how the name begins under which a connection connects that was given none
     * @param connectionIdPrefix how the name begins that stands in the names of threads and in the log
     * @param awaitsClientId whether the application may name a connection that it has made
     */
    public record Naming(String clientIdPrefix, String connectionIdPrefix, boolean awaitsClientId) {
        public static final Naming DEFAULT = new Naming("ID:", "ID:", true);
    }

    /**
     * What producers do.
     *
     * @param windowBytes messages of a session that may be on their way without anybody waiting for their answer
     * @param forceSync each send waits for the broker's answer
     * @param forceAsync no send waits for the broker's answer
     * @param populatesUserId messages say who sent them
     */
    public record Sending(
            int windowBytes,
            boolean forceSync,
            boolean forceAsync,
            boolean populatesUserId,
            MessageIdType messageIdType) {
        public static final Sending DEFAULT = new Sending(8 * 1024 * 1024, false, false, false, MessageIdType.DEFAULT);

        public Sending {
            if (windowBytes < 1024) {
                throw new IllegalArgumentException("sendWindowBytes must be at least 1024: " + windowBytes);
            }
            if (forceSync && forceAsync) {
                throw new IllegalArgumentException("forceSyncSend and forceAsyncSend exclude each other");
            }
        }
    }

    /**
     * What consumers do.
     *
     * @param drainTimeoutMillis until the broker has said whether there is a message; then there is none
     * @param localExpiry consumers drop messages whose time is over
     * @param localPriority consumers give out what they hold by priority
     * @param localOnly a receive with a timeout does not ask the broker once more before it gives up
     * @param noWaitLocalOnly a receive that does not wait does not ask the broker at all
     * @param redeliveriesMax a message that comes again more often is not given out; -1 for no limit
     * @param redeliveryOutcome what becomes of it
     */
    public record Receiving(
            Prefetch prefetch,
            long drainTimeoutMillis,
            boolean localExpiry,
            boolean localPriority,
            boolean localOnly,
            boolean noWaitLocalOnly,
            int redeliveriesMax,
            Settlement redeliveryOutcome) {
        public static final Receiving DEFAULT =
                new Receiving(Prefetch.all(1_000), 1_000, true, false, true, false, -1, Settlement.UNDELIVERABLE);

        public Receiving {
            checkTimeout("drainTimeout", drainTimeoutMillis);
        }

        public Receiving withPrefetch(Prefetch newPrefetch) {
            return new Receiving(
                    newPrefetch,
                    drainTimeoutMillis,
                    localExpiry,
                    localPriority,
                    localOnly,
                    noWaitLocalOnly,
                    redeliveriesMax,
                    redeliveryOutcome);
        }
    }

    /**
     * How many messages a consumer may hold before they are asked for; 0 to fetch each when it is asked for.
     *
     * @param browser that a browser asks for at once
     */
    public record Prefetch(int queue, int topic, int durableTopic, int browser) {
        public Prefetch {
            check(queue);
            check(topic);
            check(durableTopic);
            check(browser);
        }

        int of(ReceiverRequest request) {
            if (request.durable()) {
                return durableTopic;
            }
            return request.source().kind().isTopic() ? topic : queue;
        }

        private static void check(int messages) {
            if (messages < 0 || messages > PREFETCH_MAX) {
                throw new IllegalArgumentException("prefetch must be 0 to " + PREFETCH_MAX + ": " + messages);
            }
        }

        /** The same for all. */
        public static Prefetch all(int messages) {
            return new Prefetch(messages, messages, messages, messages);
        }
    }
}
