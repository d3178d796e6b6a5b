package dev.godwit.broker.amqp;

import dev.godwit.broker.message.UnknownAnnotations;
import dev.godwit.broker.transaction.TransactionLimits;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What our container says of itself and allows.
 *
 * @param containerId our name in the open frame: the node's name
 * @param version of the product, for the open frame's properties
 * @param hostNames of the hosts that we are to our peers
 * @param maxFrameSizeBytes largest frame we take
 * @param channelMax highest channel number of a connection
 * @param idleTimeoutMillis a peer that is silent for this long is gone; 0 for never
 * @param maxMessageSizeBytes largest message we take
 * @param creditWindow messages that one producer link may have on their way to the journal
 * @param creditWindowBytes the same in bytes, judged by the size of the messages that came
 * @param unknownAnnotations which annotations are taken that mean nothing here
 * @param journal names the journal in which messages are kept, made once with it or with the cluster: so clients know again who has
 *     their messages, and consumers the messages
 * @param nodes where clients find the nodes of the cluster, as far as that is known; none for a broker that stands alone
 * @param transactions what bounds the transactions of each connection
 */
public record ContainerSettings(
        String containerId,
        String version,
        HostNames hostNames,
        int maxFrameSizeBytes,
        int channelMax,
        long idleTimeoutMillis,
        long maxMessageSizeBytes,
        int creditWindow,
        long creditWindowBytes,
        UnknownAnnotations unknownAnnotations,
        UUID journal,
        Supplier<List<ClientPlace>> nodes,
        TransactionLimits transactions) {
    /** Stands for the journal where there is no room for its name. */
    long journalMark() {
        return journal.getMostSignificantBits() ^ journal.getLeastSignificantBits();
    }
}
