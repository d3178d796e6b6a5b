package dev.godwit.jms.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.Sender;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What stands between the client and its provider takes nothing away from either. */
class ObservedPortsTest {
    static Stream<Arguments> ports() {
        return Stream.of(
                Arguments.of(ProviderFactory.class, ObservedProviderFactory.class),
                Arguments.of(ProviderListener.class, inside(ObservedProviderFactory.class, ProviderListener.class)),
                Arguments.of(Provider.class, ObservedProvider.class),
                Arguments.of(ProviderSession.class, ObservedSession.class),
                Arguments.of(GlobalSession.class, ObservedGlobalSession.class),
                Arguments.of(Sender.class, ObservedSender.class),
                Arguments.of(ReceiverListener.class, ObservedArrivals.class),
                Arguments.of(Delivery.class, inside(ObservedArrivals.class, Delivery.class)));
    }

    private static Class<?> inside(Class<?> outer, Class<?> port) {
        return Arrays.stream(outer.getDeclaredClasses())
                .filter(port::isAssignableFrom)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("ports")
    void handsOnEveryCall(Class<?> port, Class<?> observed) {
        assertThat(port.getMethods())
                .filteredOn(method -> !Modifier.isStatic(method.getModifiers()))
                .isNotEmpty()
                .allSatisfy(method -> assertThat(observed.getMethod(method.getName(), method.getParameterTypes())
                                .getDeclaringClass()
                                .isInterface())
                        .as("does what its port does by default, and not what is behind it: %s", method)
                        .isFalse());
    }
}
