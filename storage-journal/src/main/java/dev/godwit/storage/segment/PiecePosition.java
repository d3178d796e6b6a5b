package dev.godwit.storage.segment;

/** Where a record, or a piece of one, lies: it stays there until its segment is freed. */
record PiecePosition(long generation, long offset) {}
