package dev.godwit.distribution.configuration;

/** What was configured cannot be: the message says where, what, and what would do. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigurationException(String message) {
        super(message);
    }
}
