package dev.godwit.amqp.type;

/** Keys of the properties of an open (AMQP 1.0 §2.7.1) by which brokers and their clients tell each other something. */
public final class OpenProperty {
    /** Other nodes to connect to, a list of maps: as brokers of this field name them. */
    public static final Symbol FAILOVER_SERVER_LIST = Symbol.of("failover-server-list");

    /**
     * In which journal the broker keeps what it promises to keep, a uuid. It is the same for all nodes of a cluster, after each
     * start, and at whatever address; a broker that says another one knows nothing of what this one has done.
     */
    public static final Symbol JOURNAL = Symbol.of("godwit:journal");

    /**
     * Of a client that connects anew whenever its connection is lost: a uuid, made at random for all these connections together, and
     * told nobody but the broker. Each takes the place of the one before, which the broker may not know to be lost.
     */
    public static final Symbol SUCCESSION = Symbol.of("godwit:succession");

    /** Which of these connections it is, a long: a later one has a higher number. */
    public static final Symbol SUCCESSION_NUMBER = Symbol.of("godwit:succession-number");

    private OpenProperty() {}
}
