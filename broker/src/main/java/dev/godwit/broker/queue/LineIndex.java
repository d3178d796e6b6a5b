package dev.godwit.broker.queue;

import dev.godwit.broker.filter.CodeBlock;
import dev.godwit.broker.filter.CodeCondition;
import dev.godwit.broker.filter.IndexedProperties;
import dev.godwit.broker.message.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the messages of a {@link FreshLine} say under the indexed names, by their places: so who wants certain values finds the
 * next candidate without looking at what lies between, in memory or not. It knows exactly those that are in the line. Owned by
 * the queue's loop; lives as long as the queue has these names.
 */
final class LineIndex {
    private static final int PIECES_MIN = 4;

    /** Where the next message of a note lies further away than this, it is searched for. */
    private static final int STEPS_MAX = 32;

    /** The codes of one stretch of the line, with how many messages of it are there. */
    static final class Piece {
        final CodeBlock codes;
        final long firstSequence;
        int present;

        /** Of those, messages of which it is not known what they say. */
        int unknown;

        /** Where all of them are written down; empty when they are not. */
        List<IndexNotes.Note> notes = List.of();

        Piece(CodeBlock codes, long firstSequence) {
            this.codes = codes;
            this.firstSequence = firstSequence;
        }
    }

    /** What its queue does when the index has news. */
    interface IndexListener {
        /** Nobody knows what this message says, before it is read. */
        void onUnknown();

        /** Nothing more comes to the piece before {@code newest}. */
        void onPieceFull(LineIndex index, Piece full);

        /** It is known of another message what it says. */
        void onLearned();

        /** All messages of a piece have left. */
        void onPieceEmpty(Piece empty);
    }

    private final FreshLine line;
    private final IndexedProperties properties;
    private final MessageMemory memory;
    private final IndexListener listener;
    private final long bytesOfOne;

    /** In order; null where all have left. */
    private @Nullable Piece[] pieces = new Piece[PIECES_MIN];

    private int pieceCount;

    /** Where the first piece begins. */
    private long base;

    /** Pieces that stand in notes of their own: those that write these know it. */
    final List<Piece> noted = new ArrayList<>(0);

    private long present;
    private long unknown;
    private @Nullable FairLine fair;

    /** Of a short line that became empty, for the next message; null for none. */
    private @Nullable CodeBlock spare;

    LineIndex(FreshLine line, IndexedProperties properties, MessageMemory memory, IndexListener listener) {
        this.line = line;
        this.properties = properties;
        this.memory = memory;
        this.listener = listener;
        this.bytesOfOne = bytesOfOne(properties);
    }

    /** Where the last one of the names is a key by which consumers are shared: knows whose each message is. At first. */
    void shareBy(FairShare share) {
        fair = new FairLine(share, memory);
    }

    /** Whose the messages are; null where consumers are not shared. */
    @Nullable
    FairLine fair() {
        return fair;
    }

    private void share(long sequence, CodeBlock codes) {
        if (fair != null) {
            fair.add(sequence, codes.hash(codes.columns() - 1, placeOf(sequence)));
        }
    }

    /** What a message costs beside its reference: a hash and an order for each name. */
    static long bytesOfOne(IndexedProperties properties) {
        return 2L * Integer.BYTES * properties.names().size();
    }

    IndexedProperties properties() {
        return properties;
    }

    FreshLine line() {
        return line;
    }

    /** Takes over all that is in the line, of which nothing is known. */
    void adopt() {
        for (long next = line.next(0); next < line.end(); next = line.next(next + 1)) {
            addUnknown(next);
        }
    }

    /** A message comes to the end of the line; {@code message} is null when it is not at hand. */
    void onCame(long sequence, @Nullable Message message) {
        if (message == null) {
            addUnknown(sequence);
        } else {
            var codes = add(sequence).codes;
            properties.read(message, codes, placeOf(sequence));
            share(sequence, codes);
        }
    }

    private void addUnknown(long sequence) {
        var piece = add(sequence);
        piece.codes.forget(placeOf(sequence));
        piece.unknown++;
        unknown++;
        listener.onUnknown();
    }

    private Piece add(long sequence) {
        if (pieceCount == 0) {
            base = sequence;
        }
        int number = numberOf(sequence);
        var before = pieceCount == 0 ? null : pieces[pieceCount - 1];
        while (number >= pieceCount) {
            if (pieceCount == pieces.length) {
                growOrTrim();
                number = numberOf(sequence);
            } else {
                pieces[pieceCount++] = null;
            }
        }
        var piece = pieces[number];
        if (piece == null) {
            piece = new Piece(newBlock(), base + ((long) number << CodeBlock.SHIFT));
            pieces[number] = piece;
            if (before != null) {
                listener.onPieceFull(this, before);
            }
        }
        piece.present++;
        present++;
        memory.add(bytesOfOne);
        return piece;
    }

    private CodeBlock newBlock() {
        var block = spare == null ? new CodeBlock(properties.names().size()) : spare;
        spare = null;
        return block;
    }

    private void growOrTrim() {
        int gone = 0;
        while (gone < pieceCount && pieces[gone] == null) {
            gone++;
        }
        int left = pieceCount - gone;
        var moved = new Piece[left > pieces.length / 2 ? 2 * pieces.length : pieces.length];
        System.arraycopy(pieces, gone, moved, 0, left);
        pieces = moved;
        pieceCount = left;
        base += (long) gone << CodeBlock.SHIFT;
    }

    private int numberOf(long sequence) {
        return (int) ((sequence - base) >>> CodeBlock.SHIFT);
    }

    private int placeOf(long sequence) {
        return (int) (sequence - base) & (CodeBlock.LENGTH - 1);
    }

    private @Nullable Piece pieceOf(long sequence) {
        if (sequence < base) {
            return null;
        }
        int number = numberOf(sequence);
        return number < pieceCount ? pieces[number] : null;
    }

    /** A message has left the line. */
    void onWent(long sequence) {
        var piece = pieceOf(sequence);
        if (piece == null) {
            return;
        }
        int place = placeOf(sequence);
        if (piece.codes.isUnknown(place)) {
            piece.unknown--;
            unknown--;
        }
        if (fair != null) {
            fair.remove(sequence);
        }
        piece.codes.clear(place);
        piece.present--;
        present--;
        memory.add(-bytesOfOne);
        if (piece.present == 0) {
            pieces[numberOf(sequence)] = null;
            spare = piece.codes.isSmall() ? piece.codes : null;
            listener.onPieceEmpty(piece);
        }
        if (present == 0) {
            pieceCount = 0;
            if (pieces.length > PIECES_MIN) {
                pieces = new Piece[PIECES_MIN];
            }
        }
    }

    /**
     * The first message from {@code from} on, and before {@code limit}, that meets a condition; {@code limit} when none does.
     */
    long next(CodeCondition condition, long from, long limit) {
        long sequence = Math.max(from, base);
        while (sequence < limit) {
            int number = numberOf(sequence);
            if (number >= pieceCount) {
                return limit;
            }
            var piece = pieces[number];
            long pieceBegin = base + ((long) number << CodeBlock.SHIFT);
            long pieceEnd = Math.min(limit, pieceBegin + CodeBlock.LENGTH);
            long found = pieceEnd;
            if (piece != null) {
                int place = condition.next(piece.codes, placeOf(sequence), (int) (pieceEnd - pieceBegin));
                found = pieceBegin + place;
            }
            if (found < pieceEnd) {
                // Conditions that no value meets are met where a message was that has left.
                long here = line.next(found);
                if (here == found) {
                    return found;
                }
                found = here;
            }
            sequence = found;
        }
        return limit;
    }

    boolean isUnknown(long sequence) {
        var piece = pieceOf(sequence);
        return piece != null && piece.codes.isUnknown(placeOf(sequence));
    }

    /** Messages of which it is not known what they say. */
    long unknown() {
        return unknown;
    }

    /** The first from this place on of which it is not known what it says; {@link FreshLine#end} when there is none. */
    long nextUnknown(long from) {
        long sequence = Math.max(from, base);
        while (unknown > 0 && numberOf(sequence) < pieceCount) {
            int number = numberOf(sequence);
            long pieceBegin = base + ((long) number << CodeBlock.SHIFT);
            var piece = pieces[number];
            if (piece != null && piece.unknown > 0) {
                for (int place = placeOf(sequence); place < piece.codes.room(); place++) {
                    if (piece.codes.isUnknown(place)) {
                        return pieceBegin + place;
                    }
                }
            }
            sequence = pieceBegin + CodeBlock.LENGTH;
        }
        return line.end();
    }

    /**
     * Somebody has seen a message, or the beginning of it.
     *
     * @param seen null when it cannot be read: no filter wants it
     */
    void learn(long sequence, @Nullable Message seen) {
        var piece = pieceOf(sequence);
        if (piece == null || !piece.codes.isUnknown(placeOf(sequence))) {
            return;
        }
        piece.unknown--;
        unknown--;
        if (seen == null) {
            piece.codes.clear(placeOf(sequence));
        } else {
            properties.read(seen, piece.codes, placeOf(sequence));
        }
        if (fair != null) {
            share(sequence, piece.codes);
            listener.onLearned();
        }
    }

    void forEachPiece(Consumer<Piece> what) {
        for (int number = 0; number < pieceCount; number++) {
            var piece = pieces[number];
            if (piece != null) {
                what.accept(piece);
            }
        }
    }

    /**
     * Learns what was written down of messages that may be here. The line has just taken over what the journal held, so that
     * indices ascend in it.
     *
     * @param found told the piece of each that is here
     * @return how many are here
     */
    int restore(IndexNoteCodec.Decoded stored, Consumer<Piece> found) {
        int live = 0;
        long sequence = firstOf(stored.messageIndex(0));
        for (int i = 0; i < stored.size() && sequence < line.end(); i++) {
            long wanted = stored.messageIndex(i);
            for (int steps = 0; sequence < line.end() && Reference.index(line.reference(sequence)) < wanted; steps++) {
                sequence = steps < STEPS_MAX ? line.next(sequence + 1) : firstOf(wanted);
            }
            var piece = sequence < line.end() ? pieceOf(sequence) : null;
            if (piece != null && Reference.index(line.reference(sequence)) == wanted) {
                live++;
                found.accept(piece);
                if (piece.codes.isUnknown(placeOf(sequence))) {
                    piece.unknown--;
                    unknown--;
                }
                stored.restore(i, piece.codes, placeOf(sequence));
                share(sequence, piece.codes);
            }
        }
        return live;
    }

    /** The first message whose index is not below this one; {@link FreshLine#end} when there is none. */
    private long firstOf(long index) {
        long low = line.next(0);
        long high = line.end();
        while (low < high) {
            long middle = low + (high - low) / 2;
            long here = line.next(middle);
            if (here < high && Reference.index(line.reference(here)) < index) {
                low = here + 1;
            } else {
                high = middle;
            }
        }
        return line.next(low);
    }

    /** The names are others from now on. */
    void end() {
        forEachPiece(listener::onPieceEmpty);
        if (fair != null) {
            fair.end();
        }
        memory.add(-present * bytesOfOne);
        present = 0;
        unknown = 0;
        Arrays.fill(pieces, null);
        pieceCount = 0;
    }
}
