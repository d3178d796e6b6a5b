package dev.godwit.jms;

import java.util.Hashtable;
import javax.naming.Context;
import javax.naming.Name;
import javax.naming.Reference;
import javax.naming.spi.ObjectFactory;
import org.jspecify.annotations.Nullable;

/** Makes connection factories of what a directory keeps of them. Called by JNDI. */
public final class ConnectionFactoryLoader implements ObjectFactory {
    @Override
    public @Nullable Object getObjectInstance(
            @Nullable Object stored,
            @Nullable Name name,
            @Nullable Context context,
            @Nullable Hashtable<?, ?> environment) {
        return stored instanceof Reference reference
                        && reference.getClassName().equals(GodwitConnectionFactory.class.getName())
                ? StoredFactory.of(reference).toFactory()
                : null;
    }
}
