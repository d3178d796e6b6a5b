package dev.godwit.distribution;

import picocli.CommandLine.Command;

/** {@code godwit move}. */
@Command(
        name = "move",
        description = "Moves messages from a queue to another address, and waits until that is done.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class MoveCommand extends BringCommand {
    MoveCommand() {
        super("MOVE", "moved");
    }
}
