package dev.godwit.amqp.container;

import dev.godwit.amqp.type.ErrorCondition;
import org.jspecify.annotations.Nullable;

/** What both directions of a link share. Owned by its connection's loop. */
public interface Link {
    Session session();

    String name();

    /**
     * The peer's attach; null until it came. For a link of ours: what the peer made of our wishes. A null source of a
     * sending peer, or a null target of a receiving one, in an answer means that the link is refused: a detach follows.
     */
    @Nullable
    AttachParameters remoteAttach();

    /** True while a peer's attach waits for our accept or refuse; no more when the peer has gone meanwhile. */
    boolean isAwaitingAnswer();

    /** Refuses a peer's attach: an attach with a null terminus, then a closing detach with the error (§2.6.3). */
    void refuse(ErrorCondition error);

    /** Detaches; the terminus may live on. */
    void detach(@Nullable ErrorCondition error);

    /** Detaches with closed=true: the terminus goes. */
    void close(@Nullable ErrorCondition error);

    /** True while both ends are attached. */
    boolean isAttached();
}
