/** Makes the certificates by which the nodes of a cluster know each other. */
@NullMarked
package dev.godwit.distribution.certificate;

import org.jspecify.annotations.NullMarked;
