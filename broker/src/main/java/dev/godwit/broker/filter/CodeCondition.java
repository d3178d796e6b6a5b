package dev.godwit.broker.filter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a message's codes must be for a filter to want it. The filter has the last word: a message may meet this and not be
 * wanted, but never the other way round, and one of which nothing is known meets it. Immutable.
 */
public abstract class CodeCondition {
    /** Below so many hashes they are compared one by one. */
    private static final int FEW = 4;

    private static final int SLACK = 4;
    private static final int ANY_MAX = 16;

    /** What comes first when all of several must hold: what fewer messages meet, and what is sooner found out. */
    private final int rank;

    private CodeCondition(int rank) {
        this.rank = rank;
    }

    abstract boolean mayHold(CodeBlock block, int place);

    /** The first place from {@code from} on, and before {@code to}, that meets it; {@code to} when none does. */
    public int next(CodeBlock block, int from, int to) {
        int end = Math.min(to, block.room());
        for (int place = from; place < end; place++) {
            if (mayHold(block, place)) {
                return place;
            }
        }
        return to;
    }

    /**
     * The value of a column is one of some, or not known.
     *
     * @param values as selectors have them; null for none
     */
    static CodeCondition oneOf(int column, List<? extends @Nullable Object> values) {
        int[] hashes = new int[values.size() + 1];
        for (int i = 0; i < values.size(); i++) {
            hashes[i] = ValueCodes.hash(values.get(i));
        }
        hashes[values.size()] = CodeBlock.UNKNOWN;
        return new OneOf(column, Arrays.stream(hashes).sorted().distinct().toArray());
    }

    /** The value of a column is a number, and lies above this one, or is not less. */
    static CodeCondition above(int column, Number number, boolean orEqual) {
        int bound = ValueCodes.order(number) - slack(number);
        return new Range(column, orEqual || !isAlone(number) ? bound : bound + 1, Integer.MAX_VALUE);
    }

    /** The value of a column is a number, and lies below this one, or is not more. */
    static CodeCondition below(int column, Number number, boolean orEqual) {
        int bound = ValueCodes.order(number) + slack(number);
        return new Range(column, CodeBlock.NO_NUMBER + 1, orEqual || !isAlone(number) ? bound : bound - 1);
    }

    /** Large numbers are compared as doubles, which may call them equal when they are not. */
    private static int slack(Number number) {
        return Math.abs(number.doubleValue()) < ValueCodes.WHOLE_MAX ? 0 : SLACK;
    }

    /** True when no other number has the same order. */
    private static boolean isAlone(Number number) {
        return (ValueCodes.order(number) & 1) == 0 && slack(number) == 0;
    }

    /** All of them hold, of which null says nothing; null when none says anything. */
    static @Nullable CodeCondition all(List<? extends @Nullable CodeCondition> conditions) {
        var flat = new ArrayList<CodeCondition>();
        for (var each : conditions) {
            if (each instanceof All all) {
                flat.addAll(Arrays.asList(all.conditions));
            } else if (each != null) {
                flat.add(each);
            }
        }
        var joined = joinRanges(flat);
        joined.sort(Comparator.comparingInt(each -> each.rank));
        return joined.isEmpty()
                ? null
                : joined.size() == 1 ? joined.get(0) : new All(joined.toArray(CodeCondition[]::new));
    }

    private static List<CodeCondition> joinRanges(List<CodeCondition> conditions) {
        var joined = new ArrayList<CodeCondition>();
        for (var each : conditions) {
            int same = -1;
            for (int i = 0; i < joined.size(); i++) {
                if (each instanceof Range range
                        && joined.get(i) instanceof Range other
                        && other.column == range.column) {
                    same = i;
                    joined.set(i, other.and(range));
                }
            }
            if (same < 0) {
                joined.add(each);
            }
        }
        return joined;
    }

    /**
     * One of them holds; null when one of them is null, which any message may meet, or when there are so many that asking them
     * all takes longer than to look at the message.
     */
    static @Nullable CodeCondition any(List<? extends @Nullable CodeCondition> conditions) {
        var values = new TreeMap<Integer, IntStream.Builder>();
        var joined = new ArrayList<CodeCondition>();
        for (var each : conditions) {
            if (each == null) {
                return null;
            } else if (each instanceof Any any) {
                Arrays.stream(any.conditions).forEach(one -> addAlternative(one, values, joined));
            } else {
                addAlternative(each, values, joined);
            }
        }
        values.forEach((column, hashes) ->
                joined.add(new OneOf(column, hashes.build().sorted().distinct().toArray())));
        if (joined.size() > ANY_MAX) {
            return null;
        }
        return joined.size() == 1 ? joined.get(0) : new Any(joined.toArray(CodeCondition[]::new));
    }

    private static void addAlternative(
            CodeCondition one, Map<Integer, IntStream.Builder> values, List<CodeCondition> others) {
        if (one instanceof OneOf oneOf) {
            var hashes = values.computeIfAbsent(oneOf.column, column -> IntStream.builder());
            Arrays.stream(oneOf.wanted).forEach(hashes);
        } else {
            others.add(one);
        }
    }

    private static final class OneOf extends CodeCondition {
        private final int column;
        private final int[] wanted;

        /** Bits of all that are wanted: most others are told apart by these. */
        private final long bits;

        OneOf(int column, int[] wanted) {
            super(0);
            this.column = column;
            this.wanted = wanted;
            long all = 0;
            for (int hash : wanted) {
                all |= 1L << hash;
            }
            this.bits = all;
        }

        private boolean isWanted(int hash) {
            if ((bits >>> hash & 1) == 0) {
                return false;
            }
            if (wanted.length > FEW) {
                return Arrays.binarySearch(wanted, hash) >= 0;
            }
            for (int each : wanted) {
                if (each == hash) {
                    return true;
                }
            }
            return false;
        }

        @Override
        boolean mayHold(CodeBlock block, int place) {
            return isWanted(block.hash(column, place));
        }

        @Override
        public int next(CodeBlock block, int from, int to) {
            int[] hashes = block.hashesOf(column);
            int end = Math.min(to, hashes.length);
            for (int place = from; place < end; place++) {
                if (isWanted(hashes[place])) {
                    return place;
                }
            }
            return to;
        }
    }

    private static final class Range extends CodeCondition {
        private final int column;
        private final int low;
        private final int high;

        Range(int column, int low, int high) {
            super(1);
            this.column = column;
            this.low = low;
            this.high = high;
        }

        Range and(Range other) {
            return new Range(column, Math.max(low, other.low), Math.min(high, other.high));
        }

        @Override
        boolean mayHold(CodeBlock block, int place) {
            int order = block.order(column, place);
            return (order >= low && order <= high) || block.hash(column, place) == CodeBlock.UNKNOWN;
        }

        @Override
        public int next(CodeBlock block, int from, int to) {
            int[] hashes = block.hashesOf(column);
            int[] orders = block.ordersOf(column);
            int end = Math.min(to, hashes.length);
            for (int place = from; place < end; place++) {
                if ((orders != null && orders[place] >= low && orders[place] <= high)
                        || hashes[place] == CodeBlock.UNKNOWN) {
                    return place;
                }
            }
            return to;
        }
    }

    private static final class All extends CodeCondition {
        private final CodeCondition[] conditions;

        All(CodeCondition[] conditions) {
            super(2);
            this.conditions = conditions;
        }

        @Override
        boolean mayHold(CodeBlock block, int place) {
            for (var each : conditions) {
                if (!each.mayHold(block, place)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public int next(CodeBlock block, int from, int to) {
            for (int place = conditions[0].next(block, from, to);
                    place < to;
                    place = conditions[0].next(block, place + 1, to)) {
                if (mayHold(block, place)) {
                    return place;
                }
            }
            return to;
        }
    }

    private static final class Any extends CodeCondition {
        private final CodeCondition[] conditions;

        Any(CodeCondition[] conditions) {
            super(3);
            this.conditions = conditions;
        }

        @Override
        boolean mayHold(CodeBlock block, int place) {
            for (var each : conditions) {
                if (each.mayHold(block, place)) {
                    return true;
                }
            }
            return false;
        }
    }
}
