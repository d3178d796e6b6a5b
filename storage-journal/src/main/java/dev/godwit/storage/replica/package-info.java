/** A shard's majority log on the node's journal: its copy, promises, and messages as bytes. */
@NullMarked
package dev.godwit.storage.replica;

import org.jspecify.annotations.NullMarked;
