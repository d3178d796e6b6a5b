package dev.godwit.broker.address;

import java.util.function.Predicate;

/** On whose behalf an address is asked for. Any thread may ask it. */
public interface Requester {
    /** The user's name. */
    String user();

    /** Whether an address may be made for it that is not there yet. */
    boolean mayCreate(String address);

    /** Whether it may unmake the address, with what it holds. */
    boolean mayDelete(String address);

    /** Whether it may send to a queue or topic of exactly that name. */
    boolean maySend(String name);

    /** To which names it may send; to be asked also when it is gone. */
    Predicate<String> sendable();

    /** Whether it may take messages from a queue or topic of exactly that name. */
    boolean mayReceive(String name);

    /** Whether it may see and change the address, and empty it. */
    boolean mayManage(String address);
}
