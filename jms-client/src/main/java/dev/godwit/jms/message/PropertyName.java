package dev.godwit.jms.message;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules for a property's name (Jakarta Messaging §3.5.1): an identifier of the selector language. Its words are refused
 * as the specification writes them; in small letters they make names that no selector can say, which programs have all the
 * same. Stateless.
 */
final class PropertyName {
    private static final Set<String> RESERVED =
            Set.of("NULL", "TRUE", "FALSE", "NOT", "AND", "OR", "BETWEEN", "LIKE", "IN", "IS", "ESCAPE");

    private PropertyName() {}

    /** @throws IllegalArgumentException when there is none */
    static String present(@Nullable String given) {
        if (given == null || given.isEmpty()) {
            throw new IllegalArgumentException("a property needs a name: it is null or empty");
        }
        return given;
    }

    /** @throws IllegalArgumentException saying what is wrong with it */
    static String checked(@Nullable String given) {
        String name = present(given);
        if (!Character.isJavaIdentifierStart(name.charAt(0))) {
            throw new IllegalArgumentException("the property name \"" + name + "\" does not begin with a letter");
        }
        for (int i = 1; i < name.length(); i++) {
            if (!Character.isJavaIdentifierPart(name.charAt(i))) {
                throw new IllegalArgumentException("the property name \"" + name + "\" has '" + name.charAt(i)
                        + "', which no identifier may have");
            }
        }
        if (RESERVED.contains(name)) {
            throw new IllegalArgumentException("the property name \"" + name + "\" is a word of the selector language");
        }
        return name;
    }
}
