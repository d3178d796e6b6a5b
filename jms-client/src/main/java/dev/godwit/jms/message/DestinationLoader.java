package dev.godwit.jms.message;

import java.util.Hashtable;
import javax.naming.Context;
import javax.naming.Name;
import javax.naming.RefAddr;
import javax.naming.Reference;
import javax.naming.StringRefAddr;
import javax.naming.spi.ObjectFactory;
import org.jspecify.annotations.Nullable;

/** Makes queues and topics of what a directory keeps of them. Called by JNDI. */
public final class DestinationLoader implements ObjectFactory {
    private static final String NAME = "name";

    static Reference reference(Class<? extends GodwitDestination> type, String name) {
        return new Reference(type.getName(), new StringRefAddr(NAME, name), DestinationLoader.class.getName(), null);
    }

    @Override
    public @Nullable Object getObjectInstance(
            @Nullable Object stored,
            @Nullable Name name,
            @Nullable Context context,
            @Nullable Hashtable<?, ?> environment) {
        if (!(stored instanceof Reference reference)) {
            return null;
        }
        RefAddr address = reference.get(NAME);
        if (address == null) {
            return null;
        }
        String destination = String.valueOf(address.getContent());
        if (reference.getClassName().equals(GodwitQueue.class.getName())) {
            return new GodwitQueue(destination);
        }
        return reference.getClassName().equals(GodwitTopic.class.getName()) ? new GodwitTopic(destination) : null;
    }
}
