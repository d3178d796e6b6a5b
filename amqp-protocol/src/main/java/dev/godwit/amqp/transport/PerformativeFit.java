package dev.godwit.amqp.transport;

import java.util.Map;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.FrameBody;
import org.apache.qpid.proton.amqp.transport.Open;
import org.jspecify.annotations.Nullable;

/**
 * Keeps every frame without payload within the peer's max-frame-size (AMQP 1.0 §2.7.1) by leaving out what a peer can
 * do without: properties first, then the words of an error. Owned by the connection's loop.
 */
final class PerformativeFit {
    /** Above this no performative of ours is worth measuring. */
    private static final int SMALL_FRAME_BYTES = 16 * 1024;

    private static final int DESCRIPTION_CHARS = 160;

    private final PerformativeCodec codec;
    private boolean remotelyOpened;

    /** Before the peer has opened, nobody knows that it takes more than everybody has to (§2.4.1). */
    private int bodyBytesMax = EndpointLimits.MIN_MAX_FRAME_SIZE - FrameReader.HEADER_BYTES;

    private int frameBytesMax = EndpointLimits.DEFAULTS.maxFrameSizeBytes();

    PerformativeFit(PerformativeCodec codec) {
        this.codec = codec;
    }

    /** The peer's open came. */
    void onRemoteMaxFrameSize(long maxFrameSize) {
        remotelyOpened = true;
        bodyBytesMax =
                maxFrameSize > SMALL_FRAME_BYTES ? Integer.MAX_VALUE : (int) maxFrameSize - FrameReader.HEADER_BYTES;
        frameBytesMax = (int) Math.min(frameBytesMax, maxFrameSize);
    }

    /** The longest frame that we send, once the peer has opened: one that it takes, and no longer than our own. */
    int frameBytesMax() {
        return frameBytesMax;
    }

    /** Leaves out of an unsettled map what the frame has no room for (§2.7.3). */
    void shortenUnsettled(Attach attach) {
        while (!attach.getUnsettled().isEmpty() && codec.size(attach) > frameBytesMax - FrameReader.HEADER_BYTES) {
            UnsettledMaps.halve(attach);
        }
    }

    Disposition shortened(Disposition disposition) {
        shorten(disposition);
        return disposition;
    }

    void shorten(FrameBody frame) {
        if (bodyBytesMax == Integer.MAX_VALUE || fits(frame)) {
            return;
        }
        if (!remotelyOpened && !(frame instanceof Open) && !(frame instanceof Close)) {
            // A client's pipelined frames are sent as they are: what was left out of them could not be made up for.
            return;
        }
        if (frame instanceof Open open) {
            shortenOpen(open);
        } else if (frame instanceof Attach attach) {
            attach.setProperties(null);
        } else if (frame instanceof Detach detach) {
            detach.setError(shortened(detach.getError()));
        } else if (frame instanceof End end) {
            end.setError(shortened(end.getError()));
        } else if (frame instanceof Close close) {
            close.setError(shortened(close.getError()));
        } else if (frame instanceof Disposition disposition && disposition.getState() instanceof Rejected rejected) {
            var shorter = new Rejected();
            shorter.setError(shortened(rejected.getError()));
            disposition.setState(shorter);
        }
        if (remotelyOpened && !fits(frame)) {
            throw new IllegalStateException("peer's max-frame-size of " + (bodyBytesMax + FrameReader.HEADER_BYTES)
                    + " is too small for " + frame.getClass().getSimpleName());
        }
    }

    private void shortenOpen(Open open) {
        Map<?, ?> properties = open.getProperties();
        // A peer that is being turned away must see this one, whatever else is left out.
        Symbol failed = Symbol.valueOf("amqp:connection-establishment-failed");
        Object value = properties == null ? null : properties.get(failed);
        open.setProperties(value == null ? null : Map.of(failed, value));
        if (!fits(open)) {
            open.setDesiredCapabilities((Symbol[]) null);
        }
        if (!fits(open)) {
            open.setOfferedCapabilities((Symbol[]) null);
        }
    }

    private static @Nullable ErrorCondition shortened(@Nullable ErrorCondition error) {
        if (error == null) {
            return null;
        }
        String description = error.getDescription();
        if (description != null && description.length() > DESCRIPTION_CHARS) {
            description = description.substring(0, DESCRIPTION_CHARS) + "...";
        }
        return new ErrorCondition(error.getCondition(), description);
    }

    private boolean fits(FrameBody frame) {
        return codec.size(frame) <= bodyBytesMax;
    }
}
