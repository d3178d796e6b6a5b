package dev.godwit.jms.jndi;

import javax.naming.ConfigurationException;
import javax.naming.NamingException;
import org.jspecify.annotations.Nullable;

/** The variables that values may name. Immutable. */
final class Variables {
    static final Variables OF_PROCESS = new Variables(System::getenv, System::getProperty);

    private static final String ENVIRONMENT = "env:";
    private static final String SYSTEM = "sys:";
    private static final String OTHERWISE = ":-";

    private final Lookup environment;
    private final Lookup system;

    /** A variable's value, or null. */
    interface Lookup {
        @Nullable
        String of(String name);
    }

    Variables(Lookup environment, Lookup system) {
        this.environment = environment;
        this.system = system;
    }

    /**
     * A value with the variables put in; <code>$${</code> stands for <code>${</code>.
     *
     * @throws NamingException naming a variable that is nowhere, and has nothing in its place
     */
    String expand(String value) throws NamingException {
        StringBuilder expanded = new StringBuilder();
        int at = 0;
        while (true) {
            int begin = value.indexOf("${", at);
            if (begin < 0) {
                return expanded.append(value, at, value.length()).toString();
            }
            if (begin > at && value.charAt(begin - 1) == '$') {
                expanded.append(value, at, begin - 1).append("${");
                at = begin + 2;
                continue;
            }
            int end = value.indexOf('}', begin);
            if (end < 0) {
                throw new ConfigurationException(
                        "a variable begins with ${ at letter " + (begin + 1) + " and does not end");
            }
            expanded.append(value, at, begin).append(variable(value.substring(begin + 2, end)));
            at = end + 1;
        }
    }

    private String variable(String text) throws NamingException {
        int split = text.indexOf(OTHERWISE);
        String name = split < 0 ? text : text.substring(0, split);
        String found = find(name);
        if (found != null) {
            return found;
        }
        if (split < 0) {
            throw new ConfigurationException("there is no variable ${" + name + "}, and nothing in its place: write ${"
                    + name + ":-value} for that");
        }
        return text.substring(split + OTHERWISE.length());
    }

    private @Nullable String find(String name) {
        if (name.startsWith(ENVIRONMENT)) {
            return environment.of(name.substring(ENVIRONMENT.length()));
        }
        if (name.startsWith(SYSTEM)) {
            return system.of(name.substring(SYSTEM.length()));
        }
        String ofSystem = name.isEmpty() ? null : system.of(name);
        return ofSystem == null ? environment.of(name) : ofSystem;
    }
}
