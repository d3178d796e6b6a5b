/** Our client in the hands of frameworks that programs leave their messaging to. */
@NullMarked
package dev.godwit.it.frameworks;

import org.jspecify.annotations.NullMarked;
