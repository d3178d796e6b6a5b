package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes and a witness: either of the two may die, and the other one goes on. */
final class WitnessTest {
    private static final int WITNESS = 2;

    @TempDir
    private Path directory;

    private List<NodePlace> places() throws Exception {
        var places = new ArrayList<>(NodePlace.onLoopback(directory, 3));
        var plain = places.get(WITNESS);
        var arguments = new ArrayList<>(plain.arguments());
        arguments.addAll(List.of("--set", "cluster.witness=true"));
        places.set(WITNESS, new NodePlace(plain.name(), plain.process(), plain.clusterPort(), List.copyOf(arguments)));
        return places;
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void servesOnWhicheverOfTheTwoDies() throws Exception {
        try (var nodes = new NodeProcesses(places(), null, null);
                var load = new ConfirmedLoad(nodes.uri(), nodes.uri(), "orders", 0)) {
            load.awaitProgress();
            for (int killed = 0; killed < 2; killed++) {
                int active = nodes.awaitActive();
                assertThat(active).isNotEqualTo(WITNESS);
                assertThat(nodes.tool(WITNESS, "status").out()).contains("node n2 here witness");
                nodes.kill(active);
                assertThat(nodes.awaitActive()).isEqualTo(1 - active);
                load.awaitProgress();
                nodes.restart(active);
                nodes.awaitCopies(3);
            }
            load.finish();
            System.out.println("witness test: " + load);
        }
    }
}
