package dev.godwit.broker.address;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.EventLoop;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A node that answers what it is sent, and keeps nothing of it. Any loop may ask; the answer comes on the loop that asked. */
public interface RequestNode {
    /**
     * Takes a request.
     *
     * @param answer hears an encoded message that goes to where the request wants its reply; once
     */
    void onRequest(Message request, Requester requester, EventLoop caller, Consumer<ByteBuffer> answer);

    /** The same node for requests about one queue, which need not name it. */
    default RequestNode of(String entity) {
        return this;
    }
}
