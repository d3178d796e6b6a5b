package dev.godwit.broker.cluster.link;

import java.util.EnumSet;

/** Why a node does not let another one in. The codes go over the wire: never reuse one. */
enum RefusalReason {
    /** A newer node has a reason that we know no name of. */
    OTHER(0),
    /** There is no version of the protocol that both speak. */
    VERSION(1),
    /** It belongs to another cluster. */
    CLUSTER(2),
    /** It calls itself what we call ourselves. */
    OWN_NODE_ID(3),
    /** Another node of the same name is here, with another journal or at another place. */
    NODE_ID_TWICE(4),
    /** It wanted to speak to another node than this. */
    NOT_ME(5),
    /** Its certificate is not for the node that it says it is. */
    CERTIFICATE(6),
    /** There are too many connections. */
    TOO_MANY(7);

    private final int code;

    RefusalReason(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static RefusalReason of(int code) {
        return EnumSet.allOf(RefusalReason.class).stream()
                .filter(each -> each.code == code)
                .findFirst()
                .orElse(OTHER);
    }
}
