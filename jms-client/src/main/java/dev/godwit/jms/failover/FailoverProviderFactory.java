package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderLoop;
import dev.godwit.jms.provider.ServerAddress;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Makes connections that go on with another node when one is lost. Immutable, for any thread. */
public final class FailoverProviderFactory implements ProviderFactory {
    private final List<ProviderFactory> nodes;
    private final FailoverSettings settings;

    /**
     * @param nodes in the order in which they are tried; at least one
     * @throws IllegalArgumentException when there is none
     */
    public FailoverProviderFactory(List<? extends ProviderFactory> nodes, FailoverSettings settings) {
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("a failover connection needs at least one node");
        }
        this.nodes = List.copyOf(nodes);
        this.settings = settings;
    }

    /**
     * Connects to the first node that lets us in. A node that refuses the user ends the search where the others would, too: when
     * all of them have the same {@link ProviderFactory#login}.
     */
    @Override
    public CompletableFuture<Provider> connect(ConnectRequest request, ProviderListener listener) {
        Random random = new Random();
        return new FailoverProvider(
                        enterLoop(),
                        new NodeList(nodes, settings, random),
                        new ReconnectPlan(settings, random),
                        request.forReconnecting(),
                        listener)
                .connect();
    }

    @Override
    public String describe() {
        return nodes.stream().map(ProviderFactory::describe).collect(Collectors.joining(",", "failover:(", ")"));
    }

    @Override
    public ProviderLoop enterLoop() {
        return nodes.get(0).enterLoop();
    }

    @Override
    public long attemptMillis() {
        return nodes.get(0).attemptMillis();
    }

    /** As long as it takes to try each node once. */
    @Override
    public long connectMillis(long timeoutMillis) {
        return timeoutMillis < 0 ? timeoutMillis : timeoutMillis * nodes.size();
    }

    @Override
    public ProviderFactory at(ServerAddress server) {
        return new FailoverProviderFactory(List.of(nodes.get(0).at(server)), settings);
    }
}
