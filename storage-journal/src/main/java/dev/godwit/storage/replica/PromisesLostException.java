package dev.godwit.storage.replica;

import java.io.IOException;

/**
 * Nothing tells any more what this journal has promised. Whoever went on with it could vote twice in one epoch: the journal
 * has to be given up, and its directory emptied, which makes it another one (docs/replication.md, rules 6 and 11).
 */
public final class PromisesLostException extends IOException {
    private static final long serialVersionUID = 1L;

    PromisesLostException(String message) {
        super(message);
    }
}
