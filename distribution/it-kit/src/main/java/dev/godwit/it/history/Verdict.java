package dev.godwit.it.history;

import java.util.List;

/**
 * What a history amounts to.
 *
 * @param duplicates deliveries of a message after its first
 * @param lost confirmed to the producer and never delivered
 * @param resurrected deliveries of a message after a consumer saw its settlement confirmed
 * @param phantoms deliveries of what was not sent before
 * @param orderBreaks first deliveries that came after one that was sent later
 * @param examples the first few violations, for a human
 */
public record Verdict(
        long sent,
        long confirmed,
        long delivered,
        long settled,
        long duplicates,
        long lost,
        long resurrected,
        long phantoms,
        long orderBreaks,
        List<String> examples) {
    public boolean isSound() {
        return lost + resurrected + phantoms + orderBreaks == 0;
    }

    @Override
    public String toString() {
        return "sent=" + sent + " confirmed=" + confirmed + " delivered=" + delivered + " settled-and-confirmed="
                + settled + " lost=" + lost + " duplicates=" + duplicates + " resurrected=" + resurrected
                + " phantoms=" + phantoms + " order-breaks=" + orderBreaks;
    }
}
