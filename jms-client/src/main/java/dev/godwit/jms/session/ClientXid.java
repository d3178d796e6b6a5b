package dev.godwit.jms.session;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;

/**
 * The name of a branch of a global transaction. To a broker it is one binary: the format id in 4 bytes, the length of the
 * global transaction id in one, that id, and the branch qualifier.
 */
final class ClientXid implements Xid {
    private final int formatId;
    private final byte[] globalTransactionId;
    private final byte[] branchQualifier;

    private ClientXid(int formatId, byte[] globalTransactionId, byte[] branchQualifier) {
        this.formatId = formatId;
        this.globalTransactionId = globalTransactionId;
        this.branchQualifier = branchQualifier;
    }

    /** A copy of whatever a transaction manager gives us; null when its ids are too long. */
    static @Nullable ClientXid of(Xid xid) {
        byte[] globalTransactionId = xid.getGlobalTransactionId();
        byte[] branchQualifier = xid.getBranchQualifier();
        return globalTransactionId.length <= MAXGTRIDSIZE && branchQualifier.length <= MAXBQUALSIZE
                ? new ClientXid(xid.getFormatId(), globalTransactionId.clone(), branchQualifier.clone())
                : null;
    }

    /** Reads what {@link #toBytes} wrote; null when it is something else. */
    static @Nullable ClientXid ofBytes(byte[] bytes) {
        if (bytes.length < Integer.BYTES + 1) {
            return null;
        }
        ByteBuffer from = ByteBuffer.wrap(bytes);
        int formatId = from.getInt();
        int length = from.get();
        if (length < 0 || length > MAXGTRIDSIZE || length > from.remaining()) {
            return null;
        }
        byte[] globalTransactionId = new byte[length];
        from.get(globalTransactionId);
        byte[] branchQualifier = new byte[from.remaining()];
        from.get(branchQualifier);
        return branchQualifier.length <= MAXBQUALSIZE
                ? new ClientXid(formatId, globalTransactionId, branchQualifier)
                : null;
    }

    byte[] toBytes() {
        return ByteBuffer.allocate(Integer.BYTES + 1 + globalTransactionId.length + branchQualifier.length)
                .putInt(formatId)
                .put((byte) globalTransactionId.length)
                .put(globalTransactionId)
                .put(branchQualifier)
                .array();
    }

    @Override
    public int getFormatId() {
        return formatId;
    }

    @Override
    public byte[] getGlobalTransactionId() {
        return globalTransactionId.clone();
    }

    @Override
    public byte[] getBranchQualifier() {
        return branchQualifier.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ClientXid that
                && formatId == that.formatId
                && Arrays.equals(globalTransactionId, that.globalTransactionId)
                && Arrays.equals(branchQualifier, that.branchQualifier);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * formatId + Arrays.hashCode(globalTransactionId)) + Arrays.hashCode(branchQualifier);
    }

    @Override
    public String toString() {
        return formatId + ":" + HexFormat.of().formatHex(globalTransactionId) + ":"
                + HexFormat.of().formatHex(branchQualifier);
    }
}
