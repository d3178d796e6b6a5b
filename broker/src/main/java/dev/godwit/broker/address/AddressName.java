package dev.godwit.broker.address;

import org.jspecify.annotations.Nullable;

/**
 * What an address may be called: 1 to 1,024 characters, none of them a control character. What is made anew is not named
 * like the management node of another address, either.
 */
public final class AddressName {
    public static final int LENGTH_MAX = 1_024;

    /** Behind an address: the management node of that one. */
    public static final String MANAGEMENT_SUFFIX = "/$management";

    private AddressName() {}

    /** Says what is wrong with an address, for the peer; null when nothing is. The name itself is not repeated. */
    public static @Nullable String objection(String name) {
        return objection("an address", name);
    }

    /** The same of the name of a queue or topic that is to be made, which has to be one that clients can attach to. */
    public static @Nullable String objectionToNew(String what, String name) {
        var objection = objection(what, name);
        if (objection == null && name.endsWith(MANAGEMENT_SUFFIX)) {
            return what + " may not end with " + MANAGEMENT_SUFFIX
                    + ": the management node of the queue before it is found there";
        }
        return objection;
    }

    /**
     * The same rule for another kind of name.
     *
     * @param what the kind, as the sentence begins
     */
    public static @Nullable String objection(String what, String name) {
        if (name.isEmpty()) {
            return what + " may not be empty";
        }
        if (name.length() > LENGTH_MAX) {
            return what + " may have " + LENGTH_MAX + " characters; this one has " + name.length();
        }
        for (int i = 0; i < name.length(); i++) {
            if (Character.isISOControl(name.charAt(i))) {
                return what + " may not hold control characters; this one has U+"
                        + String.format("%04X", (int) name.charAt(i)) + " at position " + i;
            }
        }
        return null;
    }
}
