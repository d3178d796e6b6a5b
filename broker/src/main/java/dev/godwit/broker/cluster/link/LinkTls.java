package dev.godwit.broker.cluster.link;

import java.nio.file.Path;

/**
 * Where a node's key is, and whom it trusts. Both ends of a link show certificates, signed by the cluster's own authority.
 *
 * @param certificates the node's own certificate first, PEM
 * @param key its private key, PEM (PKCS#8, not encrypted); may be the same file
 * @param authority the certificate of the cluster's authority, PEM
 */
public record LinkTls(Path certificates, Path key, Path authority) {}
