package dev.godwit.broker.message;

import java.util.Objects;

/**
 * Whose numbers those of a producer are: of which user, and along which routes they came. Everybody who receives a message
 * sees its producer's id; so the numbers of different users are kept apart, or one could use up another's. And a message
 * that comes to a queue along two routes is there twice, each time under a numbering of its own. Immutable; 128 bits of hashes.
 */
public record Numbering(long high, long low) {
    /** Of a user that asked on a link that what it numbers be taken once. The same one comes back after a reconnect. */
    public static Numbering ofUser(String user) {
        return of("user", user);
    }

    /** Of all that comes along a route. */
    public static Numbering ofRoute(String route) {
        return of("route", route);
    }

    private static Numbering of(String kind, String name) {
        // An empty text would have no hash.
        var hash = Objects.requireNonNull(new MessageKey(kind).hash("=" + name));
        return new Numbering(hash.high(), hash.low());
    }

    /** The same numbers when they have come along a route. */
    Numbering along(Numbering route) {
        return new Numbering(Long.rotateLeft(high, 1) ^ route.high, Long.rotateLeft(low, 1) ^ route.low);
    }
}
