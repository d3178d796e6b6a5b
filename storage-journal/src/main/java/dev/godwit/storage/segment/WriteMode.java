package dev.godwit.storage.segment;

/** How a batch gets onto stable storage. */
enum WriteMode {
    /** Past the page cache, durable on return. */
    DIRECT("O_DIRECT and O_DSYNC"),
    /** Through the page cache, and an fdatasync after each write. */
    BUFFERED("write and fdatasync");

    private final String description;

    WriteMode(String description) {
        this.description = description;
    }

    @Override
    public String toString() {
        return description;
    }
}
