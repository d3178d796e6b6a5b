package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CreditWindowTest {
    private static final int MESSAGES_MAX = 100;
    private static final long BYTES_MAX = 1_000_000;

    private final CreditWindow window = new CreditWindow(MESSAGES_MAX, BYTES_MAX);

    @Test
    void opensInFull() {
        assertThat(window.takeOwed()).isEqualTo(MESSAGES_MAX);
        assertThat(window.takeOwed()).isZero();
    }

    @Test
    void givesBackWhatWasSettledOnceAQuarterIsFree() {
        window.takeOwed();
        arriveAndSettle(24, 1_000);
        assertThat(window.isPaymentDue()).isFalse();
        arriveAndSettle(1, 1_000);
        assertThat(window.isPaymentDue()).isTrue();
        assertThat(window.takeOwed()).isEqualTo(25);
    }

    @Test
    void shrinksForLargeMessagesAndGrowsBackForSmallOnes() {
        window.takeOwed();
        arriveAndSettle(MESSAGES_MAX, 500_000);
        assertThat(window.takeOwed()).isBetween(1, 4);
        arriveAndSettle(400, 100);
        assertThat(window.isPaymentDue()).isTrue();
    }

    @Test
    void alwaysLetsOneMessageCome() {
        window.takeOwed();
        arriveAndSettle(MESSAGES_MAX, 100_000_000);
        assertThat(window.isPaymentDue()).isTrue();
        assertThat(window.takeOwed()).isEqualTo(1);
    }

    private void arriveAndSettle(int messages, int bytes) {
        for (int i = 0; i < messages; i++) {
            window.onArrived(bytes);
            window.onSettled();
        }
    }
}
