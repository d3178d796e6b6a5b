package dev.godwit.broker.security;

/** What somebody wants to do with an address. */
public enum Action {
    /** Put messages there. */
    SEND,
    /** Take messages from there. */
    RECEIVE,
    /** Look at messages there and leave them. */
    BROWSE,
    /** Make the address. */
    CREATE,
    /** Unmake the address, with what it holds. */
    DELETE,
    /** See and change its definition, empty it, and see why its messages and producers wait: ids, groups, and who they are. */
    MANAGE
}
