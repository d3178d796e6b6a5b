package dev.godwit.distribution.journal;

/** Names in the portable form of a journal: JSON lines, see docs/journal-format.md. */
final class ExportFormat {
    static final String FORMAT = "godwit-export";
    static final int VERSION = 1;

    /** Longest body, or part of one, on a line. */
    static final int PART_BYTES_MAX = 256 * 1024;

    /** Longest line: a part in base64, and room for names. */
    static final int LINE_BYTES_MAX = 1024 * 1024;

    static final String TYPE = "type";
    static final String QUEUE = "queue";
    static final String MESSAGE = "message";
    static final String LARGE = "large";
    static final String PART = "part";
    static final String END = "end";

    static final String BODY = "body";
    static final String ANNOTATIONS = "annotations";

    private ExportFormat() {}
}
