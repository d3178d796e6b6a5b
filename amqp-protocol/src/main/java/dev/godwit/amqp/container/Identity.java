package dev.godwit.amqp.container;

/**
 * Who a peer proved to be.
 *
 * @param mechanism the SASL mechanism that proved it
 * @param name the user's name; {@code anonymous} for ANONYMOUS
 */
public record Identity(String mechanism, String name) {
    public static final Identity ANONYMOUS = new Identity("ANONYMOUS", "anonymous");
}
