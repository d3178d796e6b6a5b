package dev.godwit.it.cluster;

import dev.godwit.it.EmbeddedBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A cluster of three for all tests of one class: each finds all nodes up, with copies of everything, and leaves them up. */
final class ThreeNodes implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
    private @Nullable Path directory;
    private @Nullable NodeProcesses nodes;

    NodeProcesses nodes() {
        return Objects.requireNonNull(nodes, "no test runs");
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("godwit-nodes");
        nodes = new NodeProcesses(directory, 3);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        nodes().awaitCopies(3);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (nodes != null) {
            nodes.close();
        }
        if (directory != null) {
            EmbeddedBroker.delete(directory);
        }
    }
}
