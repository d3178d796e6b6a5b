package dev.godwit.amqp.transport;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The links of one session that go in one direction, by name. Owned by the connection's loop.
 *
 * <p>Design note: the engine knows a link by its name alone and keeps the name until the link is freed, so a link whose
 * name is still taken there gets another one inside the engine; {@link EngineTransport} writes the real name.
 */
final class LinkNames {
    private final Map<String, ProtonLink> links = new HashMap<>();
    private final HalfOpenLinks halfOpen = new HalfOpenLinks();
    private final Set<String> engineNames = new HashSet<>();
    private long nameCount;

    /** The link that has this name now; null when none has. */
    @Nullable
    ProtonLink get(String name) {
        return links.get(name);
    }

    /** A link that the peer has attached. */
    void add(ProtonLink link) {
        links.put(link.name(), link);
    }

    /** A link of ours, whose attach the peer has not answered. */
    void addOurs(ProtonLink link) {
        add(link);
        halfOpen.add(link);
    }

    /** Our link whose answer has come; null when none of that name waits for one. */
    @Nullable
    ProtonLink takeAnswered(String name) {
        return halfOpen.take(name);
    }

    /** Its name is free, unless another has it by now. */
    void remove(ProtonLink link) {
        links.remove(link.name(), link);
    }

    void onSessionOver() {
        halfOpen.onSessionOver();
        links.clear();
    }

    /** What a new link of this name is called in the engine. */
    String newEngineName(String name) {
        String candidate = name;
        while (!engineNames.add(candidate)) {
            candidate = name + '\0' + ++nameCount;
        }
        return candidate;
    }

    /** The engine has freed the link, and with it the name. */
    void onFreed(ProtonLink link) {
        engineNames.remove(link.engineLink().getName());
    }
}
