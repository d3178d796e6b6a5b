package dev.godwit.broker.address;

/** Who publishes: a connection. Two are the same when they are the same object. Any thread may ask. */
public interface Publisher {
    /** The broker itself. */
    Publisher BROKER = () -> "";

    /** The container-id that the connection's open named. */
    String containerId();
}
