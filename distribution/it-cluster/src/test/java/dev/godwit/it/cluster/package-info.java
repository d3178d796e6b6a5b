/** Three nodes of a cluster in processes of their own, under clients that live through what happens to them. */
@NullMarked
package dev.godwit.it.cluster;

import org.jspecify.annotations.NullMarked;
