/** The projection of the catalog in an embedded H2 database; the only room with SQL. */
@NullMarked
package dev.godwit.broker.catalog.h2;

import org.jspecify.annotations.NullMarked;
