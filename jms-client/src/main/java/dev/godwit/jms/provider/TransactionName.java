package dev.godwit.jms.provider;

/** What a broker calls a transaction, so that it can be asked for later. Of another broker it means nothing. Immutable. */
public interface TransactionName {}
