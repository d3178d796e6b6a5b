package dev.godwit.jms.session;

import jakarta.jms.ConnectionMetaData;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/** What this client says of itself. Immutable. */
final class MetaData implements ConnectionMetaData {
    static final MetaData INSTANCE = new MetaData();

    private static final List<String> JMSX_PROPERTIES =
            List.of("JMSXUserID", "JMSXGroupID", "JMSXGroupSeq", "JMSXDeliveryCount");

    private final String version;

    private MetaData() {
        String packaged = MetaData.class.getPackage().getImplementationVersion();
        version = packaged == null ? "0.1" : packaged;
    }

    @Override
    public String getJMSVersion() {
        return "3.1";
    }

    @Override
    public int getJMSMajorVersion() {
        return 3;
    }

    @Override
    public int getJMSMinorVersion() {
        return 1;
    }

    @Override
    public String getJMSProviderName() {
        return "Godwit";
    }

    @Override
    public String getProviderVersion() {
        return version;
    }

    @Override
    public int getProviderMajorVersion() {
        return number(0);
    }

    @Override
    public int getProviderMinorVersion() {
        return number(1);
    }

    @Override
    public Enumeration<String> getJMSXPropertyNames() {
        return Collections.enumeration(JMSX_PROPERTIES);
    }

    private int number(int place) {
        String[] numbers = version.split("[^0-9]+", 3);
        return numbers.length > place && !numbers[place].isEmpty() ? Integer.parseInt(numbers[place]) : 0;
    }
}
