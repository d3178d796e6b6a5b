package dev.godwit.broker.address;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Somebody wants to consume from a topic.
 *
 * @param key null for a subscription of this one consumer, which ends with it
 * @param consumer whose connection it is
 * @param mayReceive whether the consumer may have what is published to a topic, by its name; asked for each that a pattern
 *     matches, since the pattern itself was asked for before. Any thread may ask, for as long as the subscription lives
 * @param user who asks: a named subscription belongs to the user who made it
 * @param fetches only what was laid aside in a subscription that is there, beside whoever consumes: it makes none, takes
 *     none over, and is none of its consumers
 * @param onStolen told, on the consumer's loop, when another consumer took the subscription over
 */
public record SubscriptionRequest(
        @Nullable SubscriptionKey key,
        SubscriptionTerms terms,
        Publisher consumer,
        String user,
        Predicate<String> mayReceive,
        boolean fetches,
        Runnable onStolen) {}
