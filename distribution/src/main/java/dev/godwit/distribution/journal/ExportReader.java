package dev.godwit.distribution.journal;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads the portable form line by line, and never holds more than a line. Owned by one thread. */
final class ExportReader implements Closeable {
    private static final int FIRST_CAPACITY = 64 * 1024;

    private final InputStream in;
    private byte[] text = new byte[FIRST_CAPACITY];
    private long number;

    ExportReader(InputStream in) {
        this.in = new BufferedInputStream(in, FIRST_CAPACITY);
    }

    /** The next line that is not empty; null at the end. */
    @Nullable
    ExportLine next() throws IOException, ExportLineException {
        int length = 0;
        while (length == 0) {
            number++;
            length = readLine();
            if (length < 0) {
                return null;
            }
        }
        return ExportLine.parse(number, text, length);
    }

    /** Its length without its end; -1 at the end of the file. */
    private int readLine() throws IOException, ExportLineException {
        int length = 0;
        int next = in.read();
        if (next < 0) {
            return -1;
        }
        while (next >= 0 && next != '\n') {
            if (length == text.length) {
                if (length >= ExportFormat.LINE_BYTES_MAX) {
                    throw new ExportLineException(
                            number,
                            "it is longer than " + ExportFormat.LINE_BYTES_MAX
                                    + " bytes: longer messages are spread over several lines");
                }
                text = Arrays.copyOf(text, 2 * length);
            }
            text[length++] = (byte) next;
            next = in.read();
        }
        return length > 0 && text[length - 1] == '\r' ? length - 1 : length;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
