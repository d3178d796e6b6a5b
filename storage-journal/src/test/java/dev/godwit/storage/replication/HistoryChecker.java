package dev.godwit.storage.replication;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether clients were kept the promises G1 to G7 of docs/ARCHITECTURE.md, by what they saw. A history is told from its
 * beginning to a point at which the queue was drained: whatever was left was delivered, settled and confirmed.
 *
 * <p>G7 forbids nothing but what G6 does: what was not confirmed may be there or not.
 */
final class HistoryChecker {
    private record Retirement(int transaction, int message) {}

    private final List<String> violations = new ArrayList<>();
    private final Map<Integer, Integer> linkOf = new HashMap<>();
    private final Map<Integer, Integer> placeOf = new HashMap<>();
    private final Map<Integer, Integer> lastPlaceDelivered = new HashMap<>();
    private final Set<Integer> confirmed = new HashSet<>();
    private final Set<Integer> delivered = new HashSet<>();
    private final Set<Integer> settled = new HashSet<>();
    private final Set<Integer> settleConfirmed = new HashSet<>();
    private final Map<Integer, History.CommitAsked> asked = new HashMap<>();
    private final Map<Integer, Integer> transactionOf = new HashMap<>();
    private final Set<Integer> committed = new HashSet<>();
    private final Map<Integer, List<Integer>> retiredBy = new HashMap<>();
    private final Set<Retirement> deliveredAfter = new HashSet<>();
    private int sent;

    /** What is wrong with it; nothing when all is well. */
    static List<String> check(History history, boolean drained) {
        var checker = new HistoryChecker();
        history.events.forEach(checker::take);
        if (drained) {
            checker.checkEnd();
        }
        return checker.violations;
    }

    private void take(History.Event event) {
        if (event instanceof History.Sent it) {
            linkOf.put(it.message(), it.link());
            placeOf.put(it.message(), sent++);
        } else if (event instanceof History.SendConfirmed it) {
            confirmed.add(it.message());
        } else if (event instanceof History.Delivered it) {
            onDelivered(it.message());
        } else if (event instanceof History.Settled it) {
            settled.add(it.message());
        } else if (event instanceof History.SettleConfirmed it) {
            settleConfirmed.add(it.message());
        } else if (event instanceof History.CommitAsked it) {
            asked.put(it.transaction(), it);
            it.posted().forEach(message -> transactionOf.put(message, it.transaction()));
            it.retired().forEach(message -> retiredBy
                    .computeIfAbsent(message, any -> new ArrayList<>())
                    .add(it.transaction()));
        } else if (event instanceof History.CommitConfirmed it) {
            committed.add(it.transaction());
        }
    }

    private void onDelivered(int message) {
        if (settleConfirmed.contains(message)) {
            wrong("G4", "delivered after its settlement was confirmed", message);
        }
        retiredBy.getOrDefault(message, List.of()).forEach(transaction -> {
            if (committed.contains(transaction)) {
                wrong("G4", "delivered after a committed transaction had retired it", message);
            }
        });
        retiredBy
                .getOrDefault(message, List.of())
                .forEach(transaction -> deliveredAfter.add(new Retirement(transaction, message)));
        Integer link = linkOf.get(message);
        if (link == null && !transactionOf.containsKey(message)) {
            wrong("G6", "delivered, but nobody sent it, or its transaction was not to be committed", message);
        }
        if (delivered.add(message) && link != null) {
            checkOrder(link, message);
        }
    }

    private void checkOrder(int link, int message) {
        int place = placeOf.getOrDefault(message, 0);
        int last = lastPlaceDelivered.getOrDefault(link, -1);
        if (place < last) {
            wrong("G3", "first delivered after one that was sent later by link " + link, message);
        }
        lastPlaceDelivered.put(link, Math.max(place, last));
    }

    private void checkEnd() {
        for (int message : confirmed) {
            if (!delivered.contains(message)) {
                wrong("G1/G2", "confirmed and never delivered", message);
            } else if (!settled.contains(message) && !retiredBy.containsKey(message)) {
                wrong("G1", "confirmed, and gone though nobody settled it", message);
            }
        }
        asked.values().forEach(this::checkTransaction);
    }

    private void checkTransaction(History.CommitAsked transaction) {
        long there = transaction.posted().stream().filter(delivered::contains).count();
        int all = transaction.posted().size();
        if (there != 0 && there != all) {
            wrong("G5", there + " of " + all + " posted messages were there", transaction.transaction());
        }
        boolean isCommitted = committed.contains(transaction.transaction());
        if (isCommitted && there != all) {
            wrong("G5", "committed, and what it posted was not there", transaction.transaction());
        }
        for (int message : transaction.retired()) {
            if (there == all && deliveredAfter.contains(new Retirement(transaction.transaction(), message))) {
                wrong("G5", "what it posted was there, and what it retired too", transaction.transaction());
            }
            if (there == 0 && !settled.contains(message) && isRetiredOnce(message)) {
                wrong("G5", "what it posted was not there, and what it retired neither", transaction.transaction());
            }
        }
    }

    private boolean isRetiredOnce(int message) {
        return retiredBy.getOrDefault(message, List.of()).size() == 1;
    }

    private void wrong(String promise, String what, int which) {
        violations.add(promise + ": " + which + ' ' + what);
    }
}
