package dev.godwit.broker.address;

/**
 * What an operator sees of a producer's link. Immutable.
 *
 * @param container the container-id of its connection
 * @param user whose connection it is
 * @param link the link's name
 * @param credit so many more it may send at once
 * @param unconfirmed messages that it has sent and not been answered, or not settled
 * @param why it is not invited to send more
 */
public record ProducerCredit(
        String container, String user, String link, int credit, int unconfirmed, CreditReason why) {}
