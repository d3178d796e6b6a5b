package dev.godwit.broker.runtime;

import java.util.concurrent.ConcurrentHashMap;

/** The {@link Crossing}s from one event loop to the others, each made when somebody first needs it. Any thread may ask. */
public final class Crossings {
    private final EventLoop from;
    private final ConcurrentHashMap<EventLoop, Crossing> byTarget = new ConcurrentHashMap<>();

    /** @param from whose they are */
    public Crossings(EventLoop from) {
        this.from = from;
    }

    Crossing to(EventLoop target) {
        return byTarget.computeIfAbsent(target, loop -> new Crossing(from, loop));
    }
}
