package dev.godwit.broker.admin;

import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which address somebody may name for the dead letters of a queue, or for what expires there. The broker sends there and makes the address with its own
 * rights, so whoever names it must have them too. Stateless.
 */
final class DeadLetterRule {
    private final QueueAdministration queues;

    DeadLetterRule(QueueAdministration queues) {
        this.queues = queues;
    }

    /** Why an address is not taken, as a status of {@link Answer} and a sentence. */
    record Objection(int status, String description) {}

    /** Says what speaks against the addresses that settings name; null when nothing does. */
    @Nullable
    Objection objection(AddressSettings settings, Requester requester) {
        var toDeadLetters = objection(settings.find(AddressSetting.DEAD_LETTER_ADDRESS), "dead letters", requester);
        return toDeadLetters == null
                ? objection(settings.find(AddressSetting.EXPIRY_ADDRESS), "expired messages", requester)
                : toDeadLetters;
    }

    /**
     * Says what speaks against an address; null when nothing does.
     *
     * @param address null for that of the broker, empty for none, which anybody may have
     * @param what goes there
     */
    private @Nullable Objection objection(@Nullable String address, String what, Requester requester) {
        if (address == null || address.isEmpty()) {
            return null;
        }
        var misnamed = AddressName.objection("the address for " + what, address);
        if (misnamed != null) {
            return new Objection(Answer.BAD_REQUEST, misnamed);
        }
        if (queues.isReserved(address)) {
            return new Objection(
                    Answer.BAD_REQUEST,
                    what + " cannot go to '" + address
                            + "': the name is kept for queues and nodes of the broker's own");
        }
        for (var name : List.of(address, queues.meaning(address))) {
            // An alias gives nobody a right to what it means.
            if (!requester.maySend(name)) {
                return forbidden(requester, "send " + what + " to", name);
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
