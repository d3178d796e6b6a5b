package dev.godwit.broker.amqp;

/** What hangs on a link besides its messages: a node that lives with it, or a place in a subscription. */
interface LinkTie {
    LinkTie NONE = new LinkTie() {
        @Override
        public void onDetached(boolean closed) {}

        @Override
        public void onGone() {}

        @Override
        public void onBroken() {}
    };

    /** The link was detached. */
    void onDetached(boolean closed);

    /** Another attach took the link's name. */
    default void onStolen() {}

    /** The node is no more, and we closed the link. */
    default void onNodeGone() {}

    /** The link's session or connection is gone. */
    void onGone();

    /** We closed the link because its peer broke the rules. */
    void onBroken();

    /** This one, and then another one. */
    default LinkTie and(LinkTie other) {
        var first = this;
        return new LinkTie() {
            @Override
            public void onDetached(boolean closed) {
                first.onDetached(closed);
                other.onDetached(closed);
            }

            @Override
            public void onStolen() {
                first.onStolen();
                other.onStolen();
            }

            @Override
            public void onNodeGone() {
                first.onNodeGone();
                other.onNodeGone();
            }

            @Override
            public void onGone() {
                first.onGone();
                other.onGone();
            }

            @Override
            public void onBroken() {
                first.onBroken();
                other.onBroken();
            }
        };
    }
}
