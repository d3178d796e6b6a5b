package dev.godwit.jms.provider;

/** What became of a transaction whose commit was not answered. */
public enum TransactionFate {
    /** All of it has happened. */
    COMMITTED,
    /** Nothing of it has happened, or ever will. */
    ROLLED_BACK,
    /** The broker does not know, or not any more. */
    UNKNOWN
}
