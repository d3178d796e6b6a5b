package dev.godwit.jms.uri;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a broker's address begins with: over what AMQP is spoken there. */
enum Scheme {
    AMQP(false, false, 5_672, "tcp", "nio"),
    AMQPS(true, false, 5_671, "ssl", "nio+ssl"),
    AMQPWS(false, true, 80, "ws"),
    AMQPWSS(true, true, 443, "wss");

    private final boolean encrypted;
    private final boolean webSocket;
    private final int defaultPort;
    private final List<String> foreign;

    Scheme(boolean encrypted, boolean webSocket, int defaultPort, String... foreign) {
        this.encrypted = encrypted;
        this.webSocket = webSocket;
        this.defaultPort = defaultPort;
        this.foreign = List.of(foreign);
    }

    /** The scheme of ours that a text names, in our words or in those of other clients. */
    static Scheme named(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        for (Scheme scheme : values()) {
            if (scheme.text().equals(lower) || scheme.foreign.contains(lower)) {
                return scheme;
            }
        }
        throw new IllegalArgumentException("a connection URI begins with "
                + Arrays.stream(values()).map(each -> each.text() + "://").collect(Collectors.joining(", "))
                + " or failover:( and not so: " + text + "://");
    }

    /** Whether a text is what other clients call one of ours. */
    static boolean isForeign(String text) {
        return Arrays.stream(values()).anyMatch(scheme -> scheme.foreign.contains(text.toLowerCase(Locale.ROOT)));
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean isEncrypted() {
        return encrypted;
    }

    /** The same over TLS. */
    Scheme encrypted() {
        return webSocket ? AMQPWSS : AMQPS;
    }

    boolean isWebSocket() {
        return webSocket;
    }

    int defaultPort() {
        return defaultPort;
    }
}
