package dev.godwit.storage.segment;

import java.util.List;

/** The files beside the segments in which a node keeps what its replicas have promised. Where they are, others count on the log. */
public final class PromiseFileNames {
    public static final List<String> ALL = List.of("promises-1", "promises-2");

    private PromiseFileNames() {}
}
