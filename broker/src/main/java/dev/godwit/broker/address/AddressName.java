package dev.godwit.broker.address;

import org.jspecify.annotations.Nullable;

/** What an address may be called: 1 to 1,024 characters, none of them a control character. */
public final class AddressName {
    public static final int LENGTH_MAX = 1_024;

    private AddressName() {}

    /** Says what is wrong with an address, for the peer; null when nothing is. The name itself is not repeated. */
    public static @Nullable String objection(String name) {
        return objection("an address", name);
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
