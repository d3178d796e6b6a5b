package dev.godwit.amqp.type;

/** The capability words that clients of this field look for, in open, source, target and link. */
public final class Capability {
    public static final Symbol ANONYMOUS_RELAY = Symbol.of("ANONYMOUS-RELAY");
    public static final Symbol DELAYED_DELIVERY = Symbol.of("DELAYED_DELIVERY");
    public static final Symbol SHARED_SUBSCRIPTIONS = Symbol.of("SHARED-SUBS");
    public static final Symbol SOLE_CONNECTION = Symbol.of("sole-connection-for-container");
    public static final Symbol QUEUE = Symbol.of("queue");
    public static final Symbol TOPIC = Symbol.of("topic");
    public static final Symbol TEMPORARY_QUEUE = Symbol.of("temporary-queue");
    public static final Symbol TEMPORARY_TOPIC = Symbol.of("temporary-topic");
    public static final Symbol SHARED = Symbol.of("shared");
    public static final Symbol GLOBAL = Symbol.of("global");
    public static final Symbol LOCAL_TRANSACTIONS = Symbol.of("amqp:local-transactions");
    public static final Symbol MULTI_TXNS_PER_SSN = Symbol.of("amqp:multi-txns-per-ssn");
    public static final Symbol MULTI_SSNS_PER_TXN = Symbol.of("amqp:multi-ssns-per-txn");

    /** Of a producer's link: messages that are sent again under their producer's number are taken once. */
    public static final Symbol NUMBERED_SENDS = Symbol.of("godwit:numbered-sends");

    /** Of a consumer's link: each delivery says by an annotation which message it is. */
    public static final Symbol MESSAGE_IDENTITY = Symbol.of("godwit:message-identity");

    /** Of a coordinator: transactions of a global id, which can be prepared and outlive whoever declared them. */
    public static final Symbol PREPARED_TRANSACTIONS = Symbol.of("godwit:prepared-transactions");

    /** Of a coordinator: says later what became of a transaction, until its client has settled the discharge. */
    public static final Symbol TRANSACTION_OUTCOMES = Symbol.of("godwit:transaction-outcomes");

    private Capability() {}
}
