package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.List;

/** What clients saw, in the order in which it happened. It knows nothing of replicas. */
final class History {
    sealed interface Event {}

    /** @param link of the producer; its messages are sent in the order of their events */
    record Sent(int link, int message) implements Event {}

    record SendConfirmed(int message) implements Event {}

    record Delivered(int message) implements Event {}

    /** A consumer has settled it and awaits the confirmation. */
    record Settled(int message) implements Event {}

    record SettleConfirmed(int message) implements Event {}

    /** A client has asked to commit: all of it or nothing. */
    record CommitAsked(int transaction, List<Integer> posted, List<Integer> retired) implements Event {}

    record CommitConfirmed(int transaction) implements Event {}

    final List<Event> events = new ArrayList<>();

    void add(Event event) {
        events.add(event);
    }
}
