package dev.godwit.distribution;

import dev.godwit.broker.catalog.QueueShards;
import dev.godwit.broker.cluster.node.ForcedLead;
import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.replica.PromisesLostException;
import dev.godwit.storage.replica.StoppedCopy;
import dev.godwit.storage.replication.ReplicaId;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code godwit cluster force-lead}. */
@Command(
        name = "force-lead",
        description = {
            "When a majority of a cluster's nodes is lost for good: makes one that is left, and is stopped, the first node"
                    + " of a new cluster, alone, with all that its disk holds. What only the lost nodes had is lost, even"
                    + " if it was confirmed.",
            "Without --accept-loss nothing is changed, and the exit code is 2: it prints a line for each shard, with the"
                    + " epoch and the index of the last entry, up to where it is known to be committed, how many entries"
                    + " are open behind that, and who votes. Do that on each node that is left, and take the one that has"
                    + " most: in each shard the greater epoch, then the greater index."
        },
        footer =
                "If a majority can come back, wait for it, or start it: nothing is lost then. Nodes of the old cluster are not let"
                        + " in afterwards: empty their data directories, and start them with --join.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ClusterForceLeadCommand implements Callable<Integer> {
    private static final int SHARDS = QueueShards.COUNT + 1;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final JournalLocation location = new JournalLocation();

    @Option(names = "--accept-loss", description = "Does it.")
    private boolean acceptLoss;

    @Override
    public Integer call() throws ConfigurationException {
        Path data = location.dataDirectory();
        PrintWriter out = spec.commandLine().getOut();
        try {
            var lead = ForcedLead.look(data, location.directory(), SHARDS);
            String refusal = lead.refusal();
            if (refusal != null) {
                throw new CommandFailure(ExitCode.FAILED, "nothing was changed: " + refusal);
            }
            print(lead, out);
            out.flush();
            if (!lead.found().losses().isEmpty()) {
                throw new CommandFailure(
                        ExitCode.JOURNAL_CORRUPT,
                        "nothing was changed: the journal is damaged, and a log cannot go on without what is lost. Take"
                                + " another node that is left, or restore the files from a copy. The first damage: "
                                + lead.found().losses().get(0));
            }
            if (!acceptLoss) {
                printWhatItWouldDo(lead, out);
                return ExitCode.USAGE.code();
            }
            var cluster = lead.take(location.configuration());
            String node = nameOf(lead);
            out.println("node " + node + " is the only one of the new cluster " + cluster);
            out.println("Start it as before, as node.name=" + node + ": it leads at once, alone. Start the others with"
                    + " empty data directories and --join.");
            return ExitCode.OK.code();
        } catch (PromisesLostException e) {
            throw new CommandFailure(
                    ExitCode.JOURNAL_CORRUPT,
                    "nothing was changed: the files promises-1 and promises-2 of the journal are lost, both. Take another"
                            + " node that is left, or restore them from a copy");
        } catch (JournalOpenException e) {
            throw JournalLocation.failure(e);
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.DATA_UNUSABLE, String.valueOf(e.getMessage()));
        }
    }

    private static String nameOf(ForcedLead lead) {
        return Objects.requireNonNull(lead.self()).nodeId();
    }

    private static void print(ForcedLead lead, PrintWriter out) {
        out.println("node " + nameOf(lead) + " journal " + lead.found().journalId() + " cluster "
                + (lead.clusterId() == null ? "unknown" : lead.clusterId()));
        lead.found().copies().forEach(copy -> out.println(line(lead, copy)));
        if (lead.begunId() != null) {
            out.println("This was begun before and has not ended: the node does not start until it was done again.");
        }
    }

    private static String line(ForcedLead lead, StoppedCopy copy) {
        return "shard " + copy.shard() + " epoch " + copy.lastEpoch() + " last " + copy.lastIndex() + " commit "
                + copy.committedIndex() + " open " + copy.openEntries() + " voters "
                + names(copy.voters().voters())
                + (copy.voters().learners().isEmpty()
                        ? ""
                        : " learners " + names(copy.voters().learners()))
                + (lead.votes(copy) ? "" : " (this node does not vote: it may lack much)")
                + (copy.repairing() ? " (damaged: it has lost entries that it had acknowledged)" : "");
    }

    private static String names(NavigableSet<ReplicaId> replicas) {
        return replicas.stream().map(ReplicaId::nodeId).collect(Collectors.joining(" "));
    }

    private static void printWhatItWouldDo(ForcedLead lead, PrintWriter out) {
        out.println(
                "Nothing was changed. With --accept-loss this node goes on alone, as the first one of a new cluster:");
        out.println("- all above is kept, also the " + lead.openEntries()
                + " open entries: nobody knows whether they were confirmed");
        out.println("- what the nodes that are lost had beyond that is lost, even if it was confirmed");
        out.println("- nodes of the old cluster that come back are not let in any more");
        out.println(
                "Do this on each node that is left, and take the one with most: in each shard the greater epoch, then"
                        + " the greater last index.");
    }
}
