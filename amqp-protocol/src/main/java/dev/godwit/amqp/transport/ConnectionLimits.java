package dev.godwit.amqp.transport;

/**
 * How many connections there may be at once. Immutable; {@link ConnectionCaps} count them.
 *
 * @param totalMax in all
 * @param perAddressMax from one IP address
 * @param unauthenticatedMax of those that have not yet proved who they are
 */
public record ConnectionLimits(int totalMax, int perAddressMax, int unauthenticatedMax) {
    public ConnectionLimits {
        EndpointLimits.check(totalMax, 1, Integer.MAX_VALUE, "totalMax");
        EndpointLimits.check(perAddressMax, 1, Integer.MAX_VALUE, "perAddressMax");
        EndpointLimits.check(unauthenticatedMax, 1, Integer.MAX_VALUE, "unauthenticatedMax");
    }
}
