package dev.godwit.jms.failover;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Provider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The temporary destinations of a connection: the names by which the application knows them, and those that they have at the
 * broker, which gives them new ones when they are made anew. Changed by the loop, read by any thread.
 */
final class TemporaryAddresses {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryAddresses.class);

    /** By what the application knows them. */
    private final Map<Address, Address> there = new ConcurrentHashMap<>();

    /** Of those that have another name at the broker. */
    private final Map<Address, Address> here = new ConcurrentHashMap<>();

    /** How often names at the broker have changed. */
    private volatile int changes;

    void add(Address made) {
        there.put(made, made);
    }

    /** Returns what it is called at the broker; null when it is none of ours. */
    @Nullable
    Address remove(Address known) {
        Address made = there.remove(known);
        if (made != null) {
            here.remove(made);
        }
        return made;
    }

    /** What a destination is called at the broker. */
    Address atBroker(Address known) {
        return known.kind().isTemporary() ? there.getOrDefault(known, known) : known;
    }

    /** What the application calls a destination. */
    @Nullable
    Address atApplication(@Nullable Address made) {
        return made == null || here.isEmpty() ? made : here.getOrDefault(made, made);
    }

    /** Whether names at the broker are others than those that the application knows. */
    boolean areRenamed() {
        return !here.isEmpty();
    }

    /** Rises whenever the broker has given new names. */
    int changes() {
        return changes;
    }

    /** Makes all of them on a new connection. */
    CompletableFuture<?> restore(Provider provider, Interruption interruption) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (Address known : there.keySet()) {
            all.add(Tolerated.unlessFinal(
                    provider.createTemporary(known.kind()),
                    made -> rename(known, made),
                    interruption::isFinal,
                    refused -> LOG.warn("The {} is gone: {}", known, refused.getMessage())));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Only the loop changes it.
    private void rename(Address known, Address made) {
        changes++;
        Address before = there.put(known, made);
        if (before != null) {
            here.remove(before);
        }
        if (!made.equals(known)) {
            here.put(made, known);
        }
    }
}
