package dev.godwit.storage.format;

/** What a section of a checkpoint, or of a segment's index, holds (docs/journal-format.md). */
public final class SectionType {
    /** The file's magic and format version, and which place in the log it stands for. */
    public static final byte BEGIN = 1;

    /** Where the segments end that the checkpoint refers to. */
    public static final byte SEGMENTS = 2;

    /** How far shards had come. */
    public static final byte TAILS = 3;

    /** Definitions of one shard, by the records that hold them. */
    public static final byte DEFINITIONS = 4;

    /** Delivery counts of one shard. */
    public static final byte RETURNS = 5;

    /** The same of messages that are not to be given out again before a time. */
    public static final byte RETURNS_NOT_BEFORE = 14;

    /** Messages of one shard that lie in parts. */
    public static final byte LARGE_MESSAGES = 6;

    /** Where neighbouring records of one shard lie. */
    public static final byte PAGE = 7;

    /** The same of records some of which share a body: a release that knows of none does not read them as if they did not. */
    public static final byte PAGE_WITH_SHARES = 22;

    /** A damaged stretch of a segment, and the records in it that can be used. */
    public static final byte HOLE = 9;

    /** Nothing follows; how many sections came before. */
    public static final byte END = 8;

    /** Which records hold the annotations that messages of one shard were given later. */
    public static final byte ANNOTATIONS = 20;

    /** Which records are notes of queues. */
    public static final byte NOTES = 21;

    /** Of a segment's index: which segment, and when it was sealed. */
    public static final byte SEGMENT_INDEX = 10;

    /** Of a segment's index: what one queue has in it, and where. */
    public static final byte QUEUE_SPAN = 11;

    /** Transactions that are prepared in one shard. */
    public static final byte PREPARED = 12;

    /** Transactions that were decided in one shard. */
    public static final byte DECIDED = 13;

    /** Which record names the voters of one shard. */
    public static final byte VOTERS = 23;

    /** The log of a majority: what of it is covered and committed, and where its epochs begin. */
    public static final byte ENTRIES = 24;

    /** Where neighbouring entries of a majority lie. */
    public static final byte ENTRY_PLACES = 25;

    /** Entries of a majority that are not committed. */
    public static final byte OPEN_ENTRIES = 26;

    /** Entries of a majority that are to be written once more. */
    public static final byte RESTATEMENTS = 27;

    /** Entries of a majority that name the voters, behind the cover. */
    public static final byte VOTERS_BEHIND = 29;

    /** Bodies of which a majority's leader may still make copies. */
    public static final byte OPEN_BODIES = 28;

    /** What all shards of a node have promised. The only section of its file. */
    public static final byte PROMISES = 30;

    private SectionType() {}
}
