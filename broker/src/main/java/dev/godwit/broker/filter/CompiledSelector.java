package dev.godwit.broker.filter;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A selector's text, compiled once for all consumers and subscriptions of a broker that have the same, as long as one of them has
 * it. Immutable; any loop may use it.
 */
final class CompiledSelector {
    private record Text(String text, Dialect dialect) {}

    private static final class Shared extends WeakReference<CompiledSelector> {
        private final Text text;

        Shared(Text text, CompiledSelector compiled) {
            super(compiled, UNUSED);
            this.text = text;
        }
    }

    private static final ConcurrentMap<Text, Shared> SHARED = new ConcurrentHashMap<>();
    private static final ReferenceQueue<CompiledSelector> UNUSED = new ReferenceQueue<>();

    private final Expression condition;
    private final List<FieldReader> readers;

    private CompiledSelector(Text text) throws InvalidFilterException {
        var parser = new SelectorParser(text.text, text.dialect);
        condition = parser.parse();
        readers = List.copyOf(parser.readers());
    }

    /** @throws InvalidFilterException says where the text is wrong, and what was expected there */
    static CompiledSelector of(String text, Dialect dialect) throws InvalidFilterException {
        forgetUnused();
        var key = new Text(text, dialect);
        var known = SHARED.get(key);
        var compiled = known == null ? null : known.get();
        if (compiled == null) {
            compiled = new CompiledSelector(key);
            SHARED.put(key, new Shared(key, compiled));
        }
        return compiled;
    }

    private static void forgetUnused() {
        for (var unused = UNUSED.poll(); unused != null; unused = UNUSED.poll()) {
            if (unused instanceof Shared shared) {
                SHARED.remove(shared.text, shared);
            }
        }
    }

    Expression condition() {
        return condition;
    }

    /** By the slots of its fields. */
    List<FieldReader> readers() {
        return readers;
    }
}
