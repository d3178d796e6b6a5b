package dev.godwit.broker.cluster.node;

import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalInspection;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.replica.PromisesLostException;
import dev.godwit.storage.replica.SoleVoter;
import dev.godwit.storage.replica.StoppedCopies;
import dev.godwit.storage.replica.StoppedCopy;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of a stopped node before it is made to lead alone, because a majority of its cluster's nodes is lost for good; and the
 * way to do that. It becomes the first node of a <em>new</em> cluster: nodes of the old one that come back are foreign to it
 * ({@link Kinship}), so that two logs that both went on never meet. Immutable; each call blocks.
 *
 * @param directory the node's data directory, where it remembers its cluster
 * @param self by which the node has voted, or learnt; null when no shard names it
 * @param clusterId of the cluster that it belongs to; null when nothing says so
 * @param begunId as which cluster it was to go on when this was begun before, and did not end; else null
 * @param found what its journal holds
 */
public record ForcedLead(
        Path directory,
        @Nullable ReplicaId self,
        @Nullable UUID clusterId,
        @Nullable UUID begunId,
        StoppedCopies found) {
    private static final Logger log = LoggerFactory.getLogger(ForcedLead.class);

    /**
     * Looks at a node that is stopped. Nothing is changed.
     *
     * @param journalDirectory where its journal is
     * @param shards how many shards there are, that of the metadata included
     * @throws JournalOpenException when the node runs, or its journal cannot be read
     * @throws PromisesLostException nothing tells what its journal has promised to others
     * @throws IOException when what it remembers of its cluster cannot be read
     */
    public static ForcedLead look(Path directory, Path journalDirectory, int shards)
            throws JournalOpenException, PromisesLostException, IOException {
        try (var inspection = JournalInspection.open(journalDirectory)) {
            var found = StoppedCopies.of(inspection, shards);
            ReplicaId self = found.copies().stream()
                    .flatMap(copy -> replicas(copy.voters()))
                    .filter(replica -> replica.journalId().equals(found.journalId()))
                    .findFirst()
                    .orElse(null);
            return new ForcedLead(
                    directory, self, RememberedCluster.read(directory).clusterId(), ForcingMark.read(directory), found);
        }
    }

    private static Stream<ReplicaId> replicas(Voters voters) {
        return Stream.concat(voters.voters().stream(), voters.learners().stream());
    }

    /** How many entries are not known to be committed, in all shards. */
    public long openEntries() {
        return found.copies().stream().mapToLong(StoppedCopy::openEntries).sum();
    }

    /** Whether the node votes on a shard. */
    public boolean votes(StoppedCopy copy) {
        return self != null && copy.voters().voters().contains(self);
    }

    /** Why the node cannot be made to lead alone, or need not be: for an operator, without a full stop. Null when it can. */
    public @Nullable String refusal() {
        List<StoppedCopy> copies = found.copies();
        var strangers = copies.stream()
                .filter(copy -> copy.voters().equals(Voters.NONE))
                .map(StoppedCopy::shard)
                .toList();
        if (strangers.size() == copies.size()) {
            return copies.stream().anyMatch(copy -> copy.lastIndex() > 0)
                    ? "its journal is that of a broker that stands alone: there is nobody whose vote it needs"
                    : "no node of a cluster has taken this one in: it has nothing that others have confirmed";
        }
        if (!strangers.isEmpty()) {
            return "this node was not taken in wholly: of the shards " + strangers + " it has nothing";
        }
        ReplicaId own = self;
        if (own == null) {
            return "this node is no part of its cluster any more: it keeps no copy of any shard";
        }
        Set<ReplicaId> alone = Set.of(own);
        boolean decidesAlone =
                copies.stream().allMatch(copy -> copy.voters().voters().equals(alone) && !copy.repairing());
        return decidesAlone && begunId == null ? "this node decides alone already: start it, and it leads" : null;
    }

    /**
     * Makes it lead alone, as the first node of a new cluster; of other nodes it remembers nothing. All is on the disk when this returns.
     * After a crash before that the node does not start, until this was done again.
     *
     * @param journal where its journal is, and how it is written
     * @return the id of the new cluster
     * @throws IllegalStateException there is a {@link #refusal}
     * @throws JournalOpenException when the node runs, or its journal cannot be used
     * @throws PromisesLostException nothing tells what its journal has promised to others
     * @throws IOException when the disk fails; some of it may have been done
     */
    public UUID take(JournalConfiguration journal) throws JournalOpenException, PromisesLostException, IOException {
        String refusal = refusal();
        if (refusal != null) {
            throw new IllegalStateException(refusal);
        }
        String nodeId = Objects.requireNonNull(self).nodeId();
        // Locked until the end: nobody starts the node in between.
        try (var voter = SoleVoter.open(journal, nodeId, found.copies().size())) {
            UUID next = begin();
            voter.make();
            become(next, voter.journalId());
            ForcingMark.delete(directory);
            log.info("node {} is the only one of the new cluster {}", nodeId, next);
            return next;
        }
    }

    private UUID begin() throws IOException {
        UUID next = begunId == null ? UUID.randomUUID() : begunId;
        ForcingMark.write(directory, next);
        return next;
    }

    private void become(UUID clusterId, UUID journalId) throws IOException {
        var before = RememberedCluster.read(directory);
        before.without(before.places().keySet())
                .withResting(false)
                .founded(clusterId, journalId)
                .write(directory);
    }
}
