package dev.godwit.amqp.type;

/** Keys of the properties of an open (AMQP 1.0 §2.7.1) that brokers tell their clients something by. */
public final class OpenProperty {
    /** Other nodes to connect to, a list of maps: as brokers of this field name them. */
    public static final Symbol FAILOVER_SERVER_LIST = Symbol.of("failover-server-list");

    /**
     * In which journal the broker keeps what it promises to keep, a uuid. It is the same for all nodes of a cluster, after each
     * start, and at whatever address; a broker that says another one knows nothing of what this one has done.
     */
    public static final Symbol JOURNAL = Symbol.of("godwit:journal");

    private OpenProperty() {}
}
