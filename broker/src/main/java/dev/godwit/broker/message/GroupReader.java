package dev.godwit.broker.message;

import dev.godwit.amqp.message.MessageSections;
import org.jspecify.annotations.Nullable;

/** Reads which group messages belong to (AMQP 1.0 §3.2.4). Owned by one loop: it reads one after the other. */
public final class GroupReader {
    /** Of the last message of a group: what clients of Jakarta Messaging make of a JMSXGroupSeq of -1. */
    private static final long LAST = 0xFFFF_FFFFL;

    /** Made for the first message of a group. */
    private @Nullable MessageSections sections;

    /** The group-id of a message, or of one of which only the beginning is here; null when it has none. */
    public @Nullable String groupId(Message message) {
        if (!message.hasGroup()) {
            return null;
        }
        var reading = sections;
        if (reading == null) {
            reading = new MessageSections();
            sections = reading;
        }
        reading.scanHead(message.encoded());
        return reading.groupId();
    }

    /** Whether the message that {@link #groupId} was asked about says that it is the last of its group. */
    public boolean wasLast() {
        return sections != null && sections.groupSequence() == LAST;
    }
}
