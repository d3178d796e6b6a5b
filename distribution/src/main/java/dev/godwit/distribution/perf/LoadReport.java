package dev.godwit.distribution.perf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** Writes a result for people, or for programs. */
public final class LoadReport {
    private static final double MIB = 1 << 20;
    private static final double KIB = 1 << 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    private LoadReport() {}

    /** A few lines for people. */
    public static String text(LoadResult result) {
        var out = new StringBuilder();
        for (LoadPhase phase : result.phases()) {
            line(
                    out,
                    "%-11s%.1f s: confirmed %,.0f/s, received %,.0f/s, %,.1f MB/s",
                    phase.name(),
                    phase.seconds(),
                    phase.confirmedPerSecond(),
                    phase.receivedPerSecond(),
                    megabytesPerSecond(result, phase));
            Double serverCpu = phase.serverCpuMicrosPerMessage();
            line(
                    out,
                    "%-11s%sthis generator %.2f µs a message",
                    "CPU",
                    serverCpu == null ? "" : String.format(Locale.ROOT, "broker %.2f µs, ", serverCpu),
                    phase.clientCpuMicrosPerMessage());
        }
        latency(out, "confirm", result.confirmLatency());
        latency(out, "end to end", result.endToEndLatency());
        line(
                out,
                "%-11ssent %,d, confirmed %,d, refused %,d, in doubt %,d, received %,d",
                "messages",
                result.sent(),
                result.confirmed(),
                result.refused(),
                result.inDoubt(),
                result.received());
        Verdict verdict = result.verdict();
        if (verdict != null) {
            line(
                    out,
                    "%-11slost %,d, duplicates %,d, out of order %,d, never sent %,d, redelivered %,d, left by others %,d",
                    verdict.isClean() ? "verified" : "WRONG",
                    verdict.lost(),
                    verdict.duplicates(),
                    verdict.outOfOrder(),
                    verdict.phantoms(),
                    verdict.redelivered(),
                    verdict.foreign());
        }
        ProcessFigures server = result.server();
        if (server != null) {
            line(
                    out,
                    "%-11s%,.0f MiB resident, at most %,.0f MiB",
                    "broker",
                    server.residentKib() / KIB,
                    server.residentPeakKib() / KIB);
        }
        return out.toString();
    }

    /** One line of JSON for programs. */
    public static String json(LoadResult result) {
        ObjectNode root = JSON.createObjectNode();
        root.put("clean", result.isClean());
        root.put("sizeBytes", result.plan().sizeBytes());
        root.put("durable", result.plan().durable());
        root.put("producers", result.plan().producers());
        root.put("consumers", result.plan().consumers());
        root.put("inFlight", result.plan().inFlight());
        for (LoadPhase phase : result.phases()) {
            ObjectNode node = root.withArray("phases").addObject();
            node.put("name", phase.name());
            node.put("seconds", phase.seconds());
            node.put("confirmedPerSecond", phase.confirmedPerSecond());
            node.put("receivedPerSecond", phase.receivedPerSecond());
            node.put("megabytesPerSecond", megabytesPerSecond(result, phase));
            node.put("serverCpuMicrosPerMessage", phase.serverCpuMicrosPerMessage());
            node.put("clientCpuMicrosPerMessage", phase.clientCpuMicrosPerMessage());
        }
        root.put("sent", result.sent());
        root.put("confirmed", result.confirmed());
        root.put("refused", result.refused());
        root.put("inDoubt", result.inDoubt());
        root.put("received", result.received());
        latency(root.putObject("confirmMicros"), result.confirmLatency());
        latency(root.putObject("endToEndMicros"), result.endToEndLatency());
        Verdict verdict = result.verdict();
        if (verdict != null) {
            ObjectNode node = root.putObject("verdict");
            node.put("lost", verdict.lost());
            node.put("duplicates", verdict.duplicates());
            node.put("outOfOrder", verdict.outOfOrder());
            node.put("phantoms", verdict.phantoms());
            node.put("redelivered", verdict.redelivered());
            node.put("foreign", verdict.foreign());
        }
        ProcessFigures server = result.server();
        if (server != null) {
            root.put("serverResidentKib", server.residentKib());
            root.put("serverResidentPeakKib", server.residentPeakKib());
        }
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("numbers cannot fail to be written", impossible);
        }
    }

    private static double megabytesPerSecond(LoadResult result, LoadPhase phase) {
        double perSecond = Math.max(phase.confirmedPerSecond(), phase.receivedPerSecond());
        return perSecond * result.plan().sizeBytes() / MIB;
    }

    private static void latency(StringBuilder out, String name, LatencyFigures figures) {
        if (figures.count() > 0) {
            line(
                    out,
                    "%-11sp50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, max %.3f ms",
                    name,
                    figures.p50() / 1e3,
                    figures.p99() / 1e3,
                    figures.p999() / 1e3,
                    figures.max() / 1e3);
        }
    }

    private static void latency(ObjectNode node, LatencyFigures figures) {
        node.put("count", figures.count());
        node.put("p50", figures.p50());
        node.put("p99", figures.p99());
        node.put("p999", figures.p999());
        node.put("max", figures.max());
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
