package dev.godwit.storage.replication;

/** The first entry of each leader. It says nothing; but once it is committed, so is all that came before it. */
public record EpochBegun() implements Payload {
    @Override
    public int sizeBytes() {
        return 0;
    }
}
