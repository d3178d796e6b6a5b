package dev.godwit.broker.policy;

/** Whether, and how, a consumer may lay a message aside, to be fetched by its number later. */
public enum Deferral {
    /** It may not. */
    OFF,
    /** By {@code modified} with the message annotation {@code x-opt-deferred}: true. */
    ANNOTATION,
    /** The same, and by {@code modified} with {@code undeliverable-here}, as clients of Azure Service Bus do. */
    UNDELIVERABLE_HERE
}
