package dev.godwit.benchmarks.selector;

import java.io.IOException;
import java.util.Locale;

/**
 * Fills a queue with numbered messages, or takes the time from the attach of a consumer to the arrival of the one message at
 * the end of the queue that it wants: several times, each with another selector that no consumer had before. Run by {@code benchmarks/selector.sh}. Arguments:
 * port, queue, {@code fill}, number of messages, bytes of each body; or port, queue, {@code equal}, {@code in} or
 * {@code between}, number of messages, how often, and how many are to be left alone behind those that are wanted: one that
 * came back would be found sooner.
 */
public final class SelectorClock {
    private SelectorClock() {}

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[0]);
        String queue = args[1];
        String what = args[2];
        int messages = Integer.parseInt(args[3]);
        int times = Integer.parseInt(args[4]);
        if (what.equals("fill")) {
            try (var link = new SelectorLink(port)) {
                link.fill(queue, messages, times);
            }
            return;
        }
        int behind = Integer.parseInt(args[5]);
        for (int i = 0; i < times; i++) {
            int n = messages - 1 - behind - i;
            try (var link = new SelectorLink(port)) {
                System.out.printf(Locale.ROOT, "%.1f ", link.find(queue, selector(what, n)) / 1e6);
            }
        }
        System.out.println();
    }

    private static String selector(String what, int n) {
        return switch (what) {
            case "in" -> "n IN (-1, " + n + ")";
            case "between" -> "n BETWEEN " + n + " AND " + n + ".5";
            default -> "n = " + n;
        };
    }
}
