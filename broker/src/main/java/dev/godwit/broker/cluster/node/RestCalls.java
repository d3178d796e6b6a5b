package dev.godwit.broker.cluster.node;

import dev.godwit.broker.runtime.EventLoop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Has other nodes rest, or not any more: tells them again and again until they say that it is so, for a message may be lost; and gives up
 * after {@value #LIMIT_MILLIS} ms. Owned by the control loop.
 */
final class RestCalls {
    static final long LIMIT_MILLIS = 5_000;

    private static final long AGAIN_MILLIS = 200;

    /** What becomes of it. */
    enum End {
        /** The node says that it is so. */
        FOLLOWED,
        /** There is no link to it: it was told nothing. */
        NOT_CONNECTED,
        /** It was told, and has not said that it is so. */
        NO_ANSWER
    }

    private static final class Call {
        private final boolean rest;
        private final CompletableFuture<End> end = new CompletableFuture<>();

        private Call(boolean rest) {
            this.rest = rest;
        }
    }

    private final EventLoop control;
    private final Notices notices;
    private final Resting resting;
    private final Map<String, Call> open = new HashMap<>();

    /** They were told to rest, and have not said whether they do. */
    private final Set<String> doubtful = new HashSet<>();

    RestCalls(EventLoop control, Notices notices, Resting resting) {
        this.control = control;
        this.notices = notices;
        this.resting = resting;
    }

    /** Those that have been told to rest, and may be about to: who did not answer, until it has followed an order. */
    List<String> toRest() {
        control.assertCurrent();
        var told = open.entrySet().stream().filter(each -> each.getValue().rest).map(Map.Entry::getKey);
        return Stream.concat(told, doubtful.stream()).distinct().toList();
    }

    /** Tells it; the last order counts. */
    CompletableFuture<End> call(String nodeId, boolean rest) {
        control.assertCurrent();
        var before = open.get(nodeId);
        if (before != null && before.rest == rest) {
            return before.end;
        }
        if (before != null) {
            before.end.complete(End.NO_ANSWER);
        }
        var call = new Call(rest);
        open.put(nodeId, call);
        tell(nodeId, call, LIMIT_MILLIS);
        return call.end;
    }

    private void tell(String nodeId, Call call, long restMillis) {
        if (open.get(nodeId) != call) {
            return;
        }
        boolean follows = resting.heard().contains(nodeId) && resting.rests(nodeId) == call.rest;
        if (restMillis < LIMIT_MILLIS && follows) {
            end(nodeId, call, End.FOLLOWED);
        } else if (restMillis <= 0) {
            end(nodeId, call, End.NO_ANSWER);
        } else {
            var unused = notices.order(nodeId, call.rest)
                    .thenAcceptAsync(sent -> onSent(nodeId, call, sent, restMillis), control);
        }
    }

    private void onSent(String nodeId, Call call, boolean sent, long restMillis) {
        if (!sent && restMillis == LIMIT_MILLIS) {
            end(nodeId, call, End.NOT_CONNECTED);
        } else {
            control.schedule(AGAIN_MILLIS, () -> tell(nodeId, call, restMillis - AGAIN_MILLIS));
        }
    }

    private void end(String nodeId, Call call, End end) {
        open.remove(nodeId, call);
        if (end == End.FOLLOWED) {
            doubtful.remove(nodeId);
        } else if (end == End.NO_ANSWER && call.rest) {
            doubtful.add(nodeId);
        }
        call.end.complete(end);
    }
}
