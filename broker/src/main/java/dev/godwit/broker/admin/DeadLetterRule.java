package dev.godwit.broker.admin;

import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.QueueAdministration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which address somebody may name for the dead letters of a queue. The broker sends there and makes the address with its own
 * rights, so whoever names it must have them too. Stateless.
 */
final class DeadLetterRule {
    private final QueueAdministration queues;

    DeadLetterRule(QueueAdministration queues) {
        this.queues = queues;
    }

    /** Why an address is not taken, as a status of {@link Answer} and a sentence. */
    record Objection(int status, String description) {}

    /**
     * Says what speaks against an address; null when nothing does.
     *
     * @param address null for that of the broker, empty for none, which anybody may have
     */
    @Nullable
    Objection objection(@Nullable String address, Requester requester) {
        if (address == null || address.isEmpty()) {
            return null;
        }
        var misnamed = AddressName.objection("the address for dead letters", address);
        if (misnamed != null) {
            return new Objection(Answer.BAD_REQUEST, misnamed);
        }
        if (queues.isReserved(address)) {
            return new Objection(
                    Answer.BAD_REQUEST,
                    "dead letters cannot go to '" + address
                            + "': the name is kept for queues and nodes of the broker's own");
        }
        for (var name : List.of(address, queues.meaning(address))) {
            // An alias gives nobody a right to what it means.
            if (!requester.maySend(name)) {
                return forbidden(requester, "send dead letters to", name);
            }
        }
        if (!queues.isThere(address) && !requester.mayCreate(address)) {
            return forbidden(requester, "create", address);
        }
        return null;
    }

    private static Objection forbidden(Requester requester, String deed, String address) {
        return new Objection(Answer.FORBIDDEN, EntityOperations.noRight(requester, deed, address));
    }
}
