package dev.godwit.distribution;

import dev.godwit.distribution.configuration.ConfigurationException;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command {@code godwit}: where the program starts, and where every command's ending becomes an exit code. */
@Command(
        name = "godwit",
        description = "A message broker for AMQP 1.0 and JMS, and its tools.",
        mixinStandardHelpOptions = true,
        versionProvider = ProgramVersion.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            SendCommand.class,
            ReceiveCommand.class,
            RedriveCommand.class,
            MoveCommand.class,
            CopyCommand.class,
            PurgeCommand.class,
            WhyCommand.class,
            TransactionsCommand.class,
            PerfCommand.class,
            JournalCommand.class,
            ClusterCommand.class,
            ConfigurationCommand.class,
            HashPasswordCommand.class,
            ArchiveClassesCommand.class,
            VersionCommand.class
        })
final class Godwit implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        var commandLine = new CommandLine(new Godwit());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler(Godwit::onWrongUsage);
        commandLine.setExecutionExceptionHandler(Godwit::onFailure);
        commandLine
                .getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(exitCodes());
        return commandLine;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private static int onWrongUsage(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + wrong.getMessage() + " (`" + name + " --help` says more)");
        return ExitCode.USAGE.code();
    }

    private static int onFailure(Exception failure, CommandLine command, ParseResult parsed) throws Exception {
        if (failure instanceof CommandFailure known) {
            command.getErr().println("godwit: " + known.getMessage());
            return known.exitCode().code();
        }
        if (failure instanceof ConfigurationException misconfigured) {
            command.getErr().println("godwit: " + misconfigured.getMessage());
            return ExitCode.USAGE.code();
        }
        throw failure;
    }

    private static Map<String, String> exitCodes() {
        var table = new LinkedHashMap<String, String>();
        for (ExitCode exitCode : ExitCode.values()) {
            table.put(Integer.toString(exitCode.code()), exitCode.meaning());
        }
        return table;
    }
}
