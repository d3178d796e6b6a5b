package dev.godwit.jms;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import javax.transaction.xa.Xid;

/** The name of a branch, as a transaction manager makes them: another one each time. */
final class BranchName implements Xid {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final byte[] globalTransactionId;
    private final byte[] branchQualifier;

    BranchName() {
        this(new byte[MAXGTRIDSIZE], new byte[MAXBQUALSIZE]);
        ByteBuffer.wrap(globalTransactionId).putInt(COUNT.incrementAndGet());
        branchQualifier[MAXBQUALSIZE - 1] = -1;
    }

    BranchName(byte[] globalTransactionId, byte[] branchQualifier) {
        this.globalTransactionId = globalTransactionId;
        this.branchQualifier = branchQualifier;
    }

    @Override
    public int getFormatId() {
        return 0x20005;
    }

    @Override
    public byte[] getGlobalTransactionId() {
        return globalTransactionId;
    }

    @Override
    public byte[] getBranchQualifier() {
        return branchQualifier;
    }
}
