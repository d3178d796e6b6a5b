package dev.godwit.jms.message;

import java.io.ObjectInputFilter;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which classes an object message may bring to life. Immutable.
 *
 * <p>Deserialising a stranger's bytes can run a stranger's program, so nothing is allowed by default but the immutable
 * values of the language itself: boxed primitives, {@link String}, and arrays of primitives. A name on a list is a class, or
 * a package with everything below it; {@code *} is everything. What is denied is never allowed.
 */
public final class DeserializationPolicy {
    /** Nothing but plain values. */
    public static final DeserializationPolicy NOTHING = new DeserializationPolicy(List.of(), List.of());

    private static final Set<String> PLAIN_VALUES = Set.of(
            "java.lang.String",
            // The class of every enum is below it, and is asked for by itself.
            "java.lang.Enum",
            "java.lang.Number",
            "java.lang.Boolean",
            "java.lang.Character",
            "java.lang.Byte",
            "java.lang.Short",
            "java.lang.Integer",
            "java.lang.Long",
            "java.lang.Float",
            "java.lang.Double");

    private static final int DEPTH_MAX = 20;
    private static final long REFERENCES_MAX = 1_000_000;

    private final List<String> allowed;
    private final List<String> denied;

    public DeserializationPolicy(List<String> allowed, List<String> denied) {
        this.allowed = List.copyOf(allowed);
        this.denied = List.copyOf(denied);
    }

    /** Reads both lists as they stand in a connection URI: names with commas between. */
    public static DeserializationPolicy parse(String allowList, String denyList) {
        return new DeserializationPolicy(names(allowList), names(denyList));
    }

    private static List<String> names(String list) {
        return Stream.of(list.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    boolean allows(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        if (element.isPrimitive()) {
            return true;
        }
        String name = element.getName();
        if (isListed(name, denied)) {
            return false;
        }
        return isListed(name, allowed) || PLAIN_VALUES.contains(name);
    }

    private static boolean isListed(String name, List<String> list) {
        for (String entry : list) {
            if (entry.equals("*") || name.equals(entry)) {
                return true;
            }
            if (name.startsWith(entry)) {
                char next = name.charAt(entry.length());
                if (next == '.' || next == '$') {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Guards one stream of {@code streamBytes}: no class off the list, no array longer than the stream could fill, and
     * nothing that the filter of the whole process refuses.
     */
    ObjectInputFilter filter(int streamBytes) {
        return filter(streamBytes, ObjectInputFilter.Config.getSerialFilter());
    }

    /** @param process the filter of the whole process, which a stream's own would replace; null for none */
    ObjectInputFilter filter(int streamBytes, @Nullable ObjectInputFilter process) {
        return info -> {
            if (process != null && process.checkInput(info) == ObjectInputFilter.Status.REJECTED) {
                return ObjectInputFilter.Status.REJECTED;
            }
            Class<?> type = info.serialClass();
            boolean bounded = info.depth() <= DEPTH_MAX
                    && info.references() <= REFERENCES_MAX
                    && info.arrayLength() <= streamBytes;
            if (!bounded || (type != null && !allows(type))) {
                return ObjectInputFilter.Status.REJECTED;
            }
            return type == null ? ObjectInputFilter.Status.UNDECIDED : ObjectInputFilter.Status.ALLOWED;
        };
    }
}
