package dev.godwit.jms.provider;

import org.jspecify.annotations.Nullable;

/**
 * What a consumer wants to receive.
 *
 * @param selector null for every message
 * @param noLocal leaves out what this connection sent itself
 * @param subscriptionName null for a subscription of this consumer alone
 * @param durable the subscription outlives its consumers
 * @param shared several consumers share the subscription's messages
 * @param clientIdGiven the application named the connection, and its subscriptions belong to that name
 * @param browsing only looks, and takes nothing away
 */
public record ReceiverRequest(
        Address source,
        @Nullable String selector,
        boolean noLocal,
        @Nullable String subscriptionName,
        boolean durable,
        boolean shared,
        boolean clientIdGiven,
        boolean browsing) {
    /** Every message that comes to a destination. */
    public static ReceiverRequest of(Address source) {
        return new ReceiverRequest(source, null, false, null, false, false, false, false);
    }

    public ReceiverRequest withSource(Address newSource) {
        return newSource.equals(source)
                ? this
                : new ReceiverRequest(
                        newSource, selector, noLocal, subscriptionName, durable, shared, clientIdGiven, browsing);
    }

    public ReceiverRequest withSelector(@Nullable String newSelector) {
        return new ReceiverRequest(
                source, newSelector, noLocal, subscriptionName, durable, shared, clientIdGiven, browsing);
    }

    public ReceiverRequest withNoLocal(boolean newNoLocal) {
        return new ReceiverRequest(
                source, selector, newNoLocal, subscriptionName, durable, shared, clientIdGiven, browsing);
    }

    public ReceiverRequest asSubscription(String name, boolean newDurable, boolean newShared, boolean named) {
        return new ReceiverRequest(source, selector, noLocal, name, newDurable, newShared, named, browsing);
    }

    public ReceiverRequest forBrowsing() {
        return new ReceiverRequest(source, selector, noLocal, subscriptionName, durable, shared, clientIdGiven, true);
    }
}
