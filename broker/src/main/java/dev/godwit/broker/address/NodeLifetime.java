package dev.godwit.broker.address;

/**
 * How long a node lives that was made for a link (AMQP 1.0 §3.5.10 to §3.5.13). A topic keeps no messages itself, so that
 * the last two are the first two for it.
 */
public enum NodeLifetime {
    /** As long as the link that it was made for, and its connection: nobody else consumes from it. */
    OF_ITS_LINK,
    /** As long as any link, of any connection, has it at its end. */
    OF_ANY_LINK,
    /** As long as the link that it was made for, and then until it holds no message. */
    OF_ITS_LINK_AND_MESSAGES,
    /** As long as any link has it at its end, or it holds a message. */
    OF_ANY_LINK_AND_MESSAGES;

    /** True for a node that others than its connection may consume from, and that may outlive it. */
    public boolean isShared() {
        return this != OF_ITS_LINK;
    }

    /** True when every link counts, false when only the one that it was made for does. */
    public boolean isOfAnyLink() {
        return this == OF_ANY_LINK || this == OF_ANY_LINK_AND_MESSAGES;
    }

    /** True when it does not go before its messages. */
    public boolean isOfMessages() {
        return this == OF_ITS_LINK_AND_MESSAGES || this == OF_ANY_LINK_AND_MESSAGES;
    }
}
