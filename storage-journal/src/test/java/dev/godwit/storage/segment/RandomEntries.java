package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** What leaders append, at random: every kind of record. */
final class RandomEntries {
    private final Random random;
    private int transactions;

    RandomEntries(Random random) {
        this.random = random;
    }

    /** What may happen to a log within a transaction. */
    interface Between {
        void happen() throws IOException;
    }

    /** One, or a few that belong together. */
    void append(EntryLogModel model, Between between) throws IOException {
        int dice = random.nextInt(66);
        if (dice < 35) {
            model.append(Records.message(size(), random.nextInt()));
        } else if (dice < 48) {
            removeSome(model);
        } else if (dice < 52) {
            transact(model, between);
        } else if (dice < 53) {
            publish(model);
        } else if (dice < 55) {
            model.append(Records.stored("q" + random.nextInt(5), "v" + random.nextInt(1_000)));
        } else if (dice < 56) {
            model.append(Records.dropped("q" + random.nextInt(5)));
        } else if (dice < 58) {
            returnOne(model);
        } else if (dice < 60) {
            model.append(new JournalRecord.VotersNamed(
                    Records.message(random.nextInt(100), 1).body()));
        } else if (dice < 61) {
            sendLarge(model);
        } else if (dice < 62) {
            annotateOne(model);
        } else if (dice < 63) {
            note(model);
        } else if (dice < 65) {
            prepare(model);
        } else {
            endPrepared(model);
        }
    }

    private int size() {
        int dice = random.nextInt(100);
        return dice < 85 ? random.nextInt(900) : random.nextInt(dice < 98 ? 12_000 : 150_000);
    }

    private static ShardState state(EntryLogModel model) {
        return model.stateAt(model.entries, model.entries.size());
    }

    /** Of what a leader knows: committed or not. Mostly the oldest. */
    static List<Long> live(EntryLogModel model) {
        return new ArrayList<>(state(model).messages().keySet());
    }

    private void removeSome(EntryLogModel model) {
        List<Long> live = live(model);
        if (!live.isEmpty()) {
            var chosen = new long[1 + random.nextInt(Math.min(live.size(), 12))];
            for (int i = 0; i < chosen.length; i++) {
                chosen[i] = live.remove(random.nextInt(Math.max(1, live.size() * 2 / 3)));
            }
            model.append(Records.removed(chosen));
        }
    }

    private void returnOne(EntryLogModel model) {
        List<Long> live = live(model);
        if (!live.isEmpty()) {
            model.append(Records.returned(live.get(random.nextInt(live.size())), 1 + random.nextInt(9)));
        }
    }

    private void annotateOne(EntryLogModel model) {
        List<Long> live = live(model);
        if (!live.isEmpty()) {
            model.append(Records.annotated(live.get(random.nextInt(live.size())), "a" + random.nextInt(1_000)));
        }
    }

    /** Another one, or one less. */
    private void note(EntryLogModel model) {
        List<Long> notes = new ArrayList<>(state(model).notes().keySet());
        if (notes.size() > random.nextInt(4)) {
            model.append(Records.removed(notes.get(0)));
        } else {
            model.append(Records.noted("n" + random.nextInt(1_000)));
        }
    }

    /** In parts, between which others may come. The epoch may end before the last. */
    private void sendLarge(EntryLogModel model) {
        model.append(new JournalRecord.MessagePart(
                5, Records.message(size(), random.nextInt()).body()));
        long first = model.entries.size();
        if (random.nextBoolean()) {
            model.append(Records.message(size() / 4, random.nextInt()));
        }
        model.append(new JournalRecord.MessagePart(
                5, Records.message(size(), random.nextInt()).body()));
        long second = model.entries.size();
        if (random.nextInt(4) > 0) {
            LongRanges parts = LongRanges.ofBounds(
                    second == first + 1 ? new long[] {first, second} : new long[] {first, first, second, second});
            model.append(new JournalRecord.LargeMessageEnqueued(
                    5, 0, JournalRecord.MessageEnqueued.NO_EXPIRY, 9, random.nextInt(9_000), parts));
        }
    }

    /** Posted, and after a while committed, unless the epoch ends before. */
    private void transact(EntryLogModel model, Between between) throws IOException {
        model.append(new JournalRecord.MessagePosted(Records.message(size() / 4, random.nextInt())));
        long posted = model.entries.size();
        long epoch = model.epoch;
        if (random.nextBoolean()) {
            between.happen();
        }
        List<Long> live = live(model);
        if (random.nextInt(4) > 0 && model.epoch == epoch && model.entries.size() >= posted) {
            LongRanges removed = live.isEmpty() ? LongRanges.NONE : LongRanges.of(live.get(0));
            List<Integer> participants = random.nextBoolean() ? List.of() : List.of(9);
            model.append(new JournalRecord.TransactionCommitted(
                    nextTransaction(model), participants, LongRanges.of(posted), removed));
        }
    }

    private UUID nextTransaction(EntryLogModel model) {
        return new UUID(model.shard, ++transactions);
    }

    /** Another shard decides. */
    private void prepare(EntryLogModel model) {
        model.append(new JournalRecord.MessagePosted(Records.message(size() / 4, random.nextInt())));
        LongRanges posted = LongRanges.of(model.entries.size());
        List<Long> live = live(model);
        LongRanges removed = live.isEmpty() ? LongRanges.NONE : LongRanges.of(live.get(0));
        model.append(new JournalRecord.TransactionPrepared(nextTransaction(model), 0, posted, removed));
    }

    private void endPrepared(EntryLogModel model) {
        Map<UUID, JournalRecord.TransactionPrepared> prepared = state(model).prepared();
        if (!prepared.isEmpty()) {
            JournalRecord.TransactionPrepared one =
                    List.copyOf(prepared.values()).get(random.nextInt(prepared.size()));
            model.append(
                    random.nextBoolean()
                            ? new JournalRecord.TransactionForgotten(one.transactionId())
                            : new JournalRecord.TransactionCommitted(
                                    one.transactionId(), List.of(), one.posted(), one.removed()));
        }
    }

    /** A body, and copies of it or of the last one of the same epoch. */
    private void publish(EntryLogModel model) {
        if (random.nextBoolean() || !model.isOpen(model.lastBody)) {
            model.append(Records.body(size(), random.nextInt()));
            model.lastBody = model.entries.size();
        }
        for (int left = random.nextInt(3); left > 0; left--) {
            model.append(Records.copy(Records.QUEUE, model.lastBody));
        }
    }

    /** A leader forgets what it has decided, committed or not. */
    void forgetOne(EntryLogModel model) {
        List<UUID> decided = List.copyOf(state(model).decided());
        if (!decided.isEmpty()) {
            model.append(new JournalRecord.TransactionForgotten(decided.get(random.nextInt(decided.size()))));
        }
    }

    /** All is consumed and forgotten. */
    static void consumeAll(EntryLogModel model) {
        ShardState state = state(model);
        for (UUID each : state.prepared().keySet()) {
            model.append(new JournalRecord.TransactionForgotten(each));
        }
        for (UUID each : state.decided()) {
            model.append(new JournalRecord.TransactionForgotten(each));
        }
        List<Long> left = new ArrayList<>(state.messages().keySet());
        left.addAll(state.notes().keySet());
        if (!left.isEmpty()) {
            model.append(Records.removed(
                    left.stream().mapToLong(Long::longValue).sorted().toArray()));
        }
    }
}
