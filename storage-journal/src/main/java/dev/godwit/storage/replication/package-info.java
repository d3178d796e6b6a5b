/** The majority log of a shard as a pure state machine: no clock, disk, net or thread inside. */
@NullMarked
package dev.godwit.storage.replication;

import org.jspecify.annotations.NullMarked;
