package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The client does its work where the libraries that it can do without are not there. */
@Timeout(60)
class WithoutLibrariesTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    private static final List<String> HIDDEN = List.of("opentelemetry", "micrometer");

    private static URL[] classPathWithoutThem() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(each -> HIDDEN.stream().noneMatch(each::contains))
                .map(WithoutLibrariesTest::url)
                .toArray(URL[]::new);
    }

    private static URL url(String path) {
        try {
            return Path.of(path).toUri().toURL();
        } catch (MalformedURLException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Test
    void sendsAndReceives() throws Exception {
        try (var loader = new URLClassLoader(classPathWithoutThem(), ClassLoader.getPlatformClassLoader())) {
            assertThatThrownBy(() -> loader.loadClass("io.opentelemetry.api.OpenTelemetry"))
                    .isInstanceOf(ClassNotFoundException.class);
            assertThatThrownBy(() -> loader.loadClass("io.micrometer.core.instrument.MeterRegistry"))
                    .isInstanceOf(ClassNotFoundException.class);
            var type = loader.loadClass(Exchange.class.getName());
            assertThat(type).isNotSameAs(Exchange.class);

            @SuppressWarnings("unchecked")
            var exchange = (UnaryOperator<String>) type.getConstructor().newInstance();

            assertThat(exchange.apply(BROKER.uri())).isEqualTo("hello");
        }
    }
}
