package dev.godwit.broker.queue;

/** What a look for the next message comes to. */
enum Sight {
    /** There is one. */
    FOUND,
    /** The next message has to be read first; the queue's turn comes when it has been. */
    WAITS,
    /** There is nothing more. */
    END,
    /** Time is up: the rest in another turn. */
    TIRED
}
