package dev.godwit.jms.provider;

import java.util.UUID;

/**
 * Connections of which each takes the place of the one before, which was lost: the broker may not have noticed yet. Whoever knows the id
 * can take that place, so nobody else is told it.
 *
 * @param id of all these connections, made at random
 * @param number of one of them; the next has a higher one
 */
public record Succession(UUID id, long number) {
    /** Before the first. */
    static Succession begin() {
        return new Succession(UUID.randomUUID(), 0);
    }

    Succession next() {
        return new Succession(id, number + 1);
    }

    /** Leaves the id out. */
    @Override
    public String toString() {
        return "Succession[number=" + number + ']';
    }
}
