package dev.godwit.distribution;

import dev.godwit.distribution.configuration.ConfigurationDocument;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code godwit configuration}: the table of keys, as a file to start from. */
@Command(
        name = "configuration",
        description = "Prints every configuration key with its default, as a file for `godwit run --config`.",
        mixinStandardHelpOptions = true)
final class ConfigurationCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--markdown", description = "As the manual's page, with what each key may hold.")
    private boolean markdown;

    @Override
    public void run() {
        spec.commandLine().getOut().print(markdown ? ConfigurationDocument.markdown() : ConfigurationDocument.yaml());
        spec.commandLine().getOut().flush();
    }
}
