package dev.godwit.distribution;

import picocli.CommandLine.Command;

/** {@code godwit copy}. */
@Command(
        name = "copy",
        description = "Copies messages from a queue to another address, and waits until that is done.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class CopyCommand extends BringCommand {
    CopyCommand() {
        super("COPY", "copied");
    }
}
