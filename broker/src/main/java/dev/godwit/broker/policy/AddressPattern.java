package dev.godwit.broker.policy;

/**
 * A name in which {@code *} stands for any characters, none included. Immutable.
 *
 * <p>Design note: names come from peers, so no name may take long: only the last star is ever gone back to, which makes it
 * the product of both lengths at worst, never more.
 */
public final class AddressPattern {
    private static final char ANY = '*';
    private static final int NONE = -1;

    private final String text;

    public AddressPattern(String text) {
        this.text = text;
    }

    /** How many characters of a name it fixes: of two patterns that match a name, the one that fixes more means it more. */
    int fixedCharacters() {
        return (int) text.chars().filter(each -> each != ANY).count();
    }

    /** True when it is one name, not several. */
    boolean isName() {
        return text.indexOf(ANY) < 0;
    }

    public boolean matches(String name) {
        int at = 0;
        int lastStar = NONE;
        int afterSwallowed = 0;
        int n = 0;
        while (n < name.length()) {
            if (at < text.length() && text.charAt(at) == ANY) {
                lastStar = at++;
                afterSwallowed = n;
            } else if (at < text.length() && text.charAt(at) == name.charAt(n)) {
                at++;
                n++;
            } else if (lastStar == NONE) {
                return false;
            } else {
                // The last star swallows one character more.
                at = lastStar + 1;
                n = ++afterSwallowed;
            }
        }
        while (at < text.length() && text.charAt(at) == ANY) {
            at++;
        }
        return at == text.length();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AddressPattern pattern && pattern.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The pattern as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
