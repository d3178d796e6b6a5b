package dev.godwit.broker.queue;

/** What waits for a record's commit. Exactly one of the two is called, once, in the order of the log. */
public interface Parked {
    /** Waits for nothing. */
    Parked NOTHING = new Parked() {
        @Override
        public void onCommitted() {}

        @Override
        public void onLost() {}
    };

    void onCommitted();

    /** The journal is gone; whether the record is on the disk is not known. */
    void onLost();
}
