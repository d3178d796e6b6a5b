package dev.godwit.storage.replication;

/** From this entry on, committed or not, these are the replicas. */
public record VotersChanged(Voters voters) implements Payload {
    private static final int BYTES_PER_REPLICA = 64;

    @Override
    public int sizeBytes() {
        return BYTES_PER_REPLICA * (voters.voters().size() + voters.learners().size());
    }
}
