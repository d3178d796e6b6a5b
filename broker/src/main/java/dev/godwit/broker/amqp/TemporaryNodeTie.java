package dev.godwit.broker.amqp;

/** The temporary node that was made for a link, and goes when the link is closed; its connection sees to the rest. */
record TemporaryNodeTie(BrokerConnection connection, String address) implements LinkTie {
    @Override
    public void onDetached(boolean closed) {
        if (closed) {
            connection.deleteTemporaryNode(address);
        }
    }

    @Override
    public void onGone() {}

    @Override
    public void onBroken() {
        connection.deleteTemporaryNode(address);
    }
}
