package dev.godwit.storage.format;

/** The bytes are not what docs/journal-format.md says they should be; the message says in what way. */
public final class DamagedFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean foreign;

    private DamagedFormatException(String message, boolean foreign) {
        super(message);
        this.foreign = foreign;
    }

    public static DamagedFormatException damaged(String message) {
        return new DamagedFormatException(message, false);
    }

    public static DamagedFormatException foreign(String message) {
        return new DamagedFormatException(message, true);
    }

    /** True when the bytes are whole, but of another format or another format version. */
    public boolean isForeign() {
        return foreign;
    }
}
