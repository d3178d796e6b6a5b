package dev.godwit.broker.health;

import java.util.List;

/** How far a node is with what clients come for. */
public enum ServingStage {
    /** What it keeps is being read; it does not listen for clients yet. */
    STARTING(false, false, "the node is starting"),
    /** Clients come in here. */
    ACTIVE(true, true, "the node is active"),
    /** Another node is active, and clients that come here are passed on to it. */
    RELAYING(true, false, "clients are passed on to the active node"),
    /** Clients cannot come in here: another node is active, or none is. */
    WAITING(false, false, "another node is active, or none is"),
    /** The node ends. */
    STOPPING(false, false, "the node is stopping");

    private final boolean ready;
    private final boolean active;
    private final List<String> reasons;

    ServingStage(boolean ready, boolean active, String reason) {
        this.ready = ready;
        this.active = active;
        reasons = List.of(reason);
    }

    Finding ready() {
        return new Finding(ready, reasons);
    }

    Finding active() {
        return new Finding(active, reasons);
    }
}
