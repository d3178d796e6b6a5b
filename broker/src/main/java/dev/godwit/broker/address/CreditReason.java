package dev.godwit.broker.address;

import java.util.Locale;

/** Why a producer is not invited to send more, in the order in which that is decided. */
public enum CreditReason {
    /** It is: it has credit that it has not used. */
    HAS_CREDIT,
    /** Messages take all the memory that they may. */
    MESSAGE_MEMORY_FULL,
    /** The disk has no room for another segment of the journal. */
    DISK_FULL,
    /** The journal holds as much as it may, or less of the disk is free than is to be left. */
    DISK_LIMIT_REACHED,
    /** More waits for the disk than may. */
    DISK_BEHIND,
    /** It, or others with it, sent more than may come to its address, or from its user, in so short a time. */
    RATE_EXCEEDED,
    /** Most that is on its way it was answered and has not settled, on a link where it settles last (AMQP 1.0 §2.6.12). */
    UNSETTLED_BY_PRODUCER,
    /** It names an address with each message, and this one is being found, or made. */
    ADDRESS_UNRESOLVED,
    /** It asks the management node, and has not taken the answers. */
    ANSWERS_NOT_TAKEN,
    /** As many of its messages as may be are on their way: what the address says of them is the reason. */
    UNCONFIRMED;

    /** As answers have it: in small letters, with hyphens. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
