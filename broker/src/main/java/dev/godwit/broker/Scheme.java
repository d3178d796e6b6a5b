package dev.godwit.broker;

/** What is spoken at an address, named as in clients' URIs. */
public enum Scheme {
    /** AMQP over TCP. */
    AMQP(false, false),
    /** AMQP over TLS. */
    AMQPS(true, false),
    /** AMQP over WebSocket. */
    WS(false, true),
    /** AMQP over WebSocket over TLS. */
    WSS(true, true);

    private final boolean encrypted;
    private final boolean webSocket;

    Scheme(boolean encrypted, boolean webSocket) {
        this.encrypted = encrypted;
        this.webSocket = webSocket;
    }

    public boolean isEncrypted() {
        return encrypted;
    }

    public boolean isWebSocket() {
        return webSocket;
    }
}
