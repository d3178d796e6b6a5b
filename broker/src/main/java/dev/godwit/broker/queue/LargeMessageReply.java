package dev.godwit.broker.queue;

/** What a producer hears of a large message, on its own loop: how its parts get on, and then how it ended. */
public interface LargeMessageReply extends EnqueueReply {
    /** So many bytes more are out of memory: on stable storage, or not wanted. The producer may send as many more. */
    void onPartsTaken(long bytes);

    /** To be said by each: who passes a large message on passes this on. */
    @Override
    boolean isTransfer();
}
