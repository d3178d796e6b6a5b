package dev.godwit.broker.address;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.SharedBody;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers how the copies of one message ended into one reply. A queue refuses a copy when it is being deleted: its
 * subscription has ended, and nobody misses the message there; or when it is full and rejects, and counts it; or because the
 * message is longer than what may be there at all, which its sender hears if nobody else takes it. What left a queue
 * to come here and is taken by none is refused. Owned by the topic's loop.
 */
final class CopiesReply implements EnqueueReply.Before {
    /** A body of its own takes a record, and each copy names it. */
    private static final long BYTES_SPARED_MIN = 512;

    private final EnqueueReply reply;
    private int left;
    private final @Nullable SharedBody sharedBody;
    private boolean taken;
    private boolean inDoubt;
    private @Nullable ErrorCondition oversized;

    /** Of copies that the journal is given whole. */
    CopiesReply(int copies, EnqueueReply reply) {
        this(copies, null, reply);
    }

    private CopiesReply(int copies, @Nullable SharedBody sharedBody, EnqueueReply reply) {
        this.left = copies;
        this.sharedBody = sharedBody;
        this.reply = reply;
    }

    /** Of copies of {@code message}, which the journal is given once where that spares it enough. */
    static CopiesReply sharing(Message message, List<Subscriber> wanting, EnqueueReply reply) {
        if (!message.isDurable() || reply.transaction() != null) {
            return new CopiesReply(wanting.size(), reply);
        }
        int shard = shardOfMost(wanting);
        int copies = 0;
        for (var subscriber : wanting) {
            copies += subscriber.shard() == shard ? 1 : 0;
        }
        boolean shares = shard != Subscriber.NO_SHARD && (copies - 1L) * message.sizeBytes() >= BYTES_SPARED_MIN;
        return new CopiesReply(wanting.size(), shares ? new SharedBody(shard) : null, reply);
    }

    /** Of more than half of those that have one, if there is such a shard; else of any: all but pattern's are the topic's. */
    private static int shardOfMost(List<Subscriber> wanting) {
        int candidate = Subscriber.NO_SHARD;
        int lead = 0;
        for (var subscriber : wanting) {
            int shard = subscriber.shard();
            if (shard != Subscriber.NO_SHARD) {
                candidate = lead == 0 ? shard : candidate;
                lead += shard == candidate ? 1 : -1;
            }
        }
        return candidate;
    }

    @Override
    public @Nullable SharedBody sharedBody() {
        return sharedBody;
    }

    @Override
    public EnqueueReply reply() {
        return reply;
    }

    @Override
    public void onSafe() {
        taken = true;
        onEnd();
    }

    @Override
    public void onRefused() {
        onEnd();
    }

    @Override
    public void onOversized(ErrorCondition why) {
        oversized = why;
        onEnd();
    }

    @Override
    public void onInDoubt() {
        inDoubt = true;
        onEnd();
    }

    private void onEnd() {
        left--;
        if (left == 0) {
            if (sharedBody != null) {
                sharedBody.end();
            }
            if (inDoubt) {
                reply.onInDoubt();
            } else if (taken) {
                reply.onSafe();
            } else if (oversized != null) {
                reply.onOversized(oversized);
            } else {
                Topic.endUnwanted(reply);
            }
        }
    }
}
