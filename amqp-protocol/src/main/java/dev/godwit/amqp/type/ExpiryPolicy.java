package dev.godwit.amqp.type;

/** When a terminus begins to expire (AMQP 1.0 §3.5.6). */
public enum ExpiryPolicy {
    LINK_DETACH("link-detach"),
    SESSION_END("session-end"),
    CONNECTION_CLOSE("connection-close"),
    NEVER("never");

    private final Symbol symbol;

    ExpiryPolicy(String symbol) {
        this.symbol = Symbol.of(symbol);
    }

    public Symbol symbol() {
        return symbol;
    }
}
