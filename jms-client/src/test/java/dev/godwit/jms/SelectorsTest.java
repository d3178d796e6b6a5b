package dev.godwit.jms;

import static dev.godwit.jms.Clients.nextText;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.DeliveryMode;
import jakarta.jms.InvalidSelectorException;
import jakarta.jms.InvalidSelectorRuntimeException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What selectors select, from the client's side. */
@Timeout(60)
class SelectorsTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private Queue queue;
    private Session session;

    @BeforeEach
    void connect() throws JMSException {
        queue = clients.queue();
        session = clients.session();
    }

    /** A message that each of the selectors is to judge, and one behind it that all take. */
    private boolean selects(String selector) throws JMSException {
        try (var producer = session.createProducer(queue);
                var consumer = session.createConsumer(queue, "(" + selector + ") OR marker = TRUE")) {
            var message = session.createTextMessage("judged");
            message.setStringProperty("text", "it's 12_3");
            message.setStringProperty("digits", "2");
            message.setStringProperty("Case", "upper");
            message.setIntProperty("number", 7);
            message.setLongProperty("big", 1L << 40);
            message.setDoubleProperty("real", 2.5);
            message.setBooleanProperty("flag", true);
            message.setJMSType("car");
            message.setJMSCorrelationID("c");
            producer.send(message, DeliveryMode.NON_PERSISTENT, 6, Message.DEFAULT_TIME_TO_LIVE);
            var marker = session.createTextMessage("marker");
            marker.setBooleanProperty("marker", true);
            producer.send(marker, DeliveryMode.NON_PERSISTENT, 6, Message.DEFAULT_TIME_TO_LIVE);
            boolean selected = nextText(consumer).equals("judged");
            if (selected) {
                assertThat(nextText(consumer)).isEqualTo("marker");
            }
            return selected;
        }
    }

    @ParameterizedTest
    @JmsSpec({
        "3.8.1/literals",
        "3.8.1/identifiers",
        "3.8.1/no-conversion",
        "3.8.1/operators",
        "3.8.1/null",
        "3.8.1/delivery-mode"
    })
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    text = 'it''s 12_3'                       | true
                    number = 7                                | true
                    number = 7.0                              | true
                    number = 70E-1                            | true
                    number = +7                               | true
                    -number = -7                              | true
                    big > 1099511627775                       | true
                    real = 2.5                                | true
                    real > 2. AND real < .3E1                 | true
                    flag                                      | true
                    flag = TRUE                               | true
                    flag <> false                             | true
                    NOT flag                                  | false
                    Case = 'upper'                            | true
                    case = 'upper'                            | false
                    digits > 1                                | false
                    digits = 2                                | false
                    digits <> 2                               | false
                    number + 3 * 2 = 13                       | true
                    (number + 3) * 2 = 20                     | true
                    number / 2 = 3                            | true
                    number between 5 and 7                    | true
                    number NOT BETWEEN 5 AND 7                | false
                    digits IN ('1', '2')                      | true
                    digits NOT IN ('1', '2')                  | false
                    gone IN ('1')                             | false
                    gone NOT IN ('1')                         | false
                    text LIKE 'it%3'                          | true
                    text LIKE '%12_3'                         | true
                    text LIKE '%12!_3' ESCAPE '!'             | true
                    text LIKE '%1!_%' ESCAPE '!'              | false
                    text NOT LIKE 'it%'                       | false
                    gone LIKE '%'                             | false
                    gone NOT LIKE '%'                         | false
                    gone IS NULL                              | true
                    gone IS NOT NULL                          | false
                    text IS NOT NULL                          | true
                    gone = 1 OR flag                          | true
                    gone = 1 AND flag                         | false
                    NOT (gone = 1)                            | false
                    NOT (gone = 1 AND FALSE)                  | true
                    gone + 1 > 0                              | false
                    flag OR flag AND FALSE                    | true
                    NOT FALSE AND FALSE                       | false
                    JMSDeliveryMode = 'NON_PERSISTENT'        | true
                    JMSDeliveryMode = 'PERSISTENT'            | false
                    JMSPriority = 6                           | true
                    JMSType = 'car'                           | true
                    JMSCorrelationID = 'c'                    | true
                    JMSTimestamp > 0                          | true
                    JMSMessageID LIKE 'ID:%'                  | true
                    JMSXGroupID IS NULL                       | true
                    text = 'x' OR number <> 8 AND flag        | true
                    """)
    void selects(String selector, boolean expected) throws JMSException {
        assertThat(selects(selector)).isEqualTo(expected);
    }

    @Test
    @JmsSpec("3.8.1/matches")
    void othersStayForOthers() throws JMSException {
        var producer = session.createProducer(queue);
        for (int i = 0; i < 4; i++) {
            var message = session.createTextMessage("" + i);
            message.setIntProperty("n", i);
            producer.send(message);
        }
        var late = session.createConsumer(queue, "n >= 2");
        assertThat(late.getMessageSelector()).isEqualTo("n >= 2");
        assertThat(nextText(late)).isEqualTo("2");
        assertThat(nextText(late)).isEqualTo("3");
        var all = session.createConsumer(queue);
        assertThat(nextText(all)).isEqualTo("0");
        assertThat(nextText(all)).isEqualTo("1");
    }

    @ParameterizedTest
    @JmsSpec("3.8.1/empty")
    @ValueSource(strings = {"", " "})
    void emptySelectorIsNone(String selector) throws JMSException {
        var consumer = session.createConsumer(queue, selector);
        assertThat(consumer.getMessageSelector()).isNull();
        session.createProducer(queue).send(session.createTextMessage("a"));
        assertThat(nextText(consumer)).isEqualTo("a");
    }

    @ParameterizedTest
    @JmsSpec({"3.8.1/invalid", "10.3/selector"})
    @ValueSource(
            strings = {
                "number =",
                "= 1",
                "number = 'open",
                "1 = number AND",
                "number BETWEEN 1",
                "text LIKE number",
                "text LIKE 'a' ESCAPE 'bc'",
                "text IS",
                "NOT",
                "(number = 1",
                "number == 1",
                "text IN ()",
                "1"
            })
    void unreadableSelectorIsRefusedWhereItIsGiven(String selector) throws JMSException {
        var named = clients.started(clients.name()).createSession();
        var topic = clients.topic();
        assertThatThrownBy(() -> session.createConsumer(queue, selector)).isInstanceOf(InvalidSelectorException.class);
        assertThatThrownBy(() -> session.createConsumer(topic, selector)).isInstanceOf(InvalidSelectorException.class);
        assertThatThrownBy(() -> session.createBrowser(queue, selector)).isInstanceOf(InvalidSelectorException.class);
        assertThatThrownBy(() -> session.createSharedConsumer(topic, "s", selector))
                .isInstanceOf(InvalidSelectorException.class);
        assertThatThrownBy(() -> named.createDurableConsumer(topic, "s", selector, false))
                .isInstanceOf(InvalidSelectorException.class);
        var context = clients.context();
        assertThatThrownBy(() -> context.createConsumer(queue, selector))
                .isInstanceOf(InvalidSelectorRuntimeException.class);
        assertThatThrownBy(() -> context.createBrowser(queue, selector))
                .isInstanceOf(InvalidSelectorRuntimeException.class);
        assertThat(session.createConsumer(queue).receiveNoWait()).isNull();
    }
}
