package dev.godwit.broker.policy;

/** A text that is no value of a {@link SettingType}, or a setting that there is not. Says what would do. */
public final class InvalidSettingException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message a sentence for whoever wrote it: what was wrong, and what would do */
    public InvalidSettingException(String message) {
        super(message, null, false, false);
    }
}
