package dev.godwit.broker.transaction;

/**
 * What becomes of a transaction that is to be prepared.
 *
 * @param transactions where it is found then
 * @param user who may decide about it
 */
record Preparation(PreparedTransactions transactions, String user, PrepareReply reply) {}
