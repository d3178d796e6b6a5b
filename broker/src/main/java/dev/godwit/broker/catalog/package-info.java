/** Definitions of queues: facts of the metadata log, and a projection that can be queried. */
@NullMarked
package dev.godwit.broker.catalog;

import org.jspecify.annotations.NullMarked;
