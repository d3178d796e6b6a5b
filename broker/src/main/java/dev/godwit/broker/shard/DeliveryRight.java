package dev.godwit.broker.shard;

/** Whether this node may give out the messages of a shard. Owned by the shard's loop. */
public interface DeliveryRight {
    /** Nobody else can serve the shard. */
    DeliveryRight ALWAYS = new DeliveryRight() {
        @Override
        public boolean isHeld() {
            return true;
        }

        @Override
        public void onRegained(Runnable told) {
            // It is never lost.
        }
    };

    /** Whether it may now. */
    boolean isHeld();

    /** Who is told each time when it may again after it could not. In the place of who was told before. */
    void onRegained(Runnable told);
}
