package dev.godwit.distribution;

import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.distribution.certificate.ClusterAuthority;
import dev.godwit.distribution.certificate.NotMadeException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code godwit cluster cert}. */
@Command(
        name = "cert",
        description = {
            "Makes the private key of a node and its certificate, in one file NODE.pem, and before the first node the"
                    + " authority that signs them: authority.p12 stays with whoever signs, authority.pem goes to each node.",
            "Nothing is overwritten, and only the owner may read private keys."
        },
        footer = "The environment's GODWIT_AUTHORITY_PASSWORD is the password of authority.p12, if it is set.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ClusterCertCommand implements Runnable {
    private static final int DAYS_MAX = 3_650;
    private static final int PASSWORD_LENGTH_MIN = 6;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "NODE", description = "The node's id: 1 to 63 letters, digits, hyphens and dots.")
    @SuppressWarnings("NullAway.Init")
    private String nodeId;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "cluster-certificates",
            description = "Where the files are made. Default: ${DEFAULT-VALUE}")
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description =
                    "A further name of the node, or an IP address; may be given several times. Nodes do not need it.")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--days",
            paramLabel = "N",
            defaultValue = "825",
            description = "For how many days the certificate holds. Default: ${DEFAULT-VALUE}")
    private int days;

    @Override
    public void run() {
        if (!NodeIdentity.isName(nodeId) || nodeId.equals("authority")) {
            throw new ParameterException(spec.commandLine(), "'" + nodeId + "' is no id of a node");
        }
        if (days < 1 || days > DAYS_MAX) {
            throw new ParameterException(spec.commandLine(), "--days must be from 1 to " + DAYS_MAX);
        }
        var authority = new ClusterAuthority(directory, password());
        PrintWriter out = spec.commandLine().getOut();
        try {
            if (!authority.exists()) {
                authority.make();
                out.println("made " + directory.resolve(ClusterAuthority.KEY_FILE) + " and "
                        + directory.resolve(ClusterAuthority.CERTIFICATE_FILE));
            }
            out.println("made " + authority.sign(nodeId, hosts, days));
        } catch (NotMadeException failed) {
            throw new CommandFailure(ExitCode.FAILED, failed.reason());
        }
    }

    private String password() {
        String given = System.getenv("GODWIT_AUTHORITY_PASSWORD");
        if (given != null && given.length() < PASSWORD_LENGTH_MIN) {
            throw new CommandFailure(
                    ExitCode.USAGE, "GODWIT_AUTHORITY_PASSWORD is shorter than " + PASSWORD_LENGTH_MIN + " characters");
        }
        return given == null ? ClusterAuthority.DEFAULT_PASSWORD : given;
    }
}
