package dev.godwit.storage.replication;

/** What an entry or a checkpoint carries. The replicas hand it on and never look inside; only its size matters to them. */
public interface Payload {
    /** How much of a batch it fills. */
    int sizeBytes();
}
