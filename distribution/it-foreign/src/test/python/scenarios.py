"""What users of Qpid Proton for Python do with a broker, one scenario at a time.

Usage: scenarios.py NAME HOST PORT [MECHANISMS | AUTHORITY]

Prints "passed" and ends with 0 when all is as it should be; else the traceback of what was not.
"""

import sys
import uuid

from proton import (
    Data,
    Delivery,
    Described,
    Message,
    SSLDomain,
    byte,
    char,
    decimal64,
    float32,
    int32,
    short,
    symbol,
    timestamp,
    ubyte,
    uint,
    ulong,
    ushort,
)
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import AtMostOnce, Container, Copy, DurableSubscription, LinkOption, Selector
from proton.utils import BlockingConnection, LinkDetached, SendException

TIMEOUT_SECONDS = 20
NEVER_SECONDS = 0.5


def url(host, port):
    return "amqp://%s:%s" % (host, port)


class Scenario:
    """A connection, and a queue of its own."""

    def __init__(self, name, host, port):
        self.url = url(host, port)
        self.queue = "python-" + name
        self.connection = self.connect()

    def connect(self, **options):
        return BlockingConnection(self.url, timeout=TIMEOUT_SECONDS, **options)

    def send(self, *messages, **options):
        sender = self.connection.create_sender(self.queue, **options)
        for message in messages:
            sender.send(message, timeout=TIMEOUT_SECONDS)
        sender.close()

    def receiver(self, credit=10, **options):
        return self.connection.create_receiver(self.queue, credit=credit, **options)


def expect_nothing(receiver):
    try:
        message = receiver.receive(timeout=NEVER_SECONDS)
    except Exception as timeout:
        assert "timed out" in str(timeout).lower(), timeout
        return
    raise AssertionError("a message too many: %r" % message)


def types(it):
    values = {
        "null": None,
        "boolean": True,
        "ubyte": ubyte(200),
        "ushort": ushort(60000),
        "uint": uint(4000000000),
        "ulong": ulong(2**63 + 1),
        "byte": byte(-100),
        "short": short(-30000),
        "int": int32(-2000000000),
        "long": -(2**62),
        "float": float32(1.5),
        "double": 2.25,
        "decimal": decimal64(12345),
        "char": char("\u20ac"),
        "timestamp": timestamp(1700000000123),
        "uuid": uuid.UUID("0f0e0d0c-0b0a-0908-0706-050403020100"),
        "binary": b"\x00\xff\x07",
        "string": "text \u00e4\u20ac\U0001f426",
        "symbol": symbol("symbol"),
        "list": [1, "two", [3.0, None]],
        "map": {"key": {"inner": [True]}},
        "described": Described(symbol("com.example:thing"), [1, "two"]),
    }
    names = [name for name in values]
    for name in names:
        it.send(Message(body=values[name], durable=True, subject=name, annotations={symbol("x-opt-" + name): values[name]}))
    receiver = it.receiver(credit=len(names))
    for name in names:
        message = receiver.receive(timeout=TIMEOUT_SECONDS)
        assert message.subject == name, (message.subject, name)
        body = bytes(message.body) if name == "binary" else message.body
        assert body == values[name] and type(body) is type(values[name]), (name, body)
        annotation = message.annotations[symbol("x-opt-" + name)]
        annotation = bytes(annotation) if name == "binary" else annotation
        assert annotation == values[name], (name, annotation)
        receiver.accept()


def properties(it):
    expected = Message(
        id=ulong(77),
        correlation_id=uuid.UUID("0f0e0d0c-0b0a-0908-0706-050403020100"),
        body="body",
        durable=True,
        priority=7,
        ttl=600,
        subject="subject",
        reply_to="somewhere",
        content_type="text/plain",
        content_encoding="utf-8",
        group_id="group",
        group_sequence=5,
        reply_to_group_id="other",
        user_id=b"user",
        properties={"int": int32(5), "string": "five", "ulong": ulong(5), "true": True},
    )
    it.send(expected)
    receiver = it.receiver()
    message = receiver.receive(timeout=TIMEOUT_SECONDS)
    for name in (
        "id correlation_id body durable priority subject reply_to content_type content_encoding group_id"
        " group_sequence reply_to_group_id properties"
    ).split():
        assert getattr(message, name) == getattr(expected, name), (name, getattr(message, name))
    assert bytes(message.user_id) == b"user"
    assert message.delivery_count == 0
    receiver.accept()


def settle_modes(it):
    it.send(Message(body="presettled"), options=AtMostOnce())
    # The broker confirms this one, and what was sent before it lies before it.
    it.send(Message(body="unsettled", durable=True))
    taking = it.receiver(options=AtMostOnce())
    for body in ("presettled", "unsettled"):
        assert taking.receive(timeout=TIMEOUT_SECONDS).body == body
    taking.close()
    expect_nothing(it.receiver())


def outcomes(it):
    it.send(Message(body="message", durable=True))
    receiver = it.receiver(credit=1)
    assert receiver.receive(timeout=TIMEOUT_SECONDS).delivery_count == 0
    receiver.release(delivered=False)
    message = receiver.receive(timeout=TIMEOUT_SECONDS)
    assert message.delivery_count == 0, message.delivery_count
    receiver.fetcher.unsettled[0].local.failed = True
    receiver.settle(Delivery.MODIFIED)
    assert receiver.receive(timeout=TIMEOUT_SECONDS).delivery_count == 1
    receiver.reject()
    expect_nothing(receiver)
    dead = it.connection.create_receiver("DLQ", credit=1)
    assert dead.receive(timeout=TIMEOUT_SECONDS).body == "message"
    dead.accept()


def selector(it):
    for number in range(10):
        it.send(Message(body=number, durable=True, properties={"number": number, "colour": "red" if number % 2 else "blue"}))
    red = it.receiver(options=Selector("colour = 'red' AND number BETWEEN 3 AND 7"))
    for number in (3, 5, 7):
        assert red.receive(timeout=TIMEOUT_SECONDS).body == number
        red.accept()
    expect_nothing(red)
    red.close()
    rest = it.receiver()
    for number in (0, 1, 2, 4, 6, 8, 9):
        assert rest.receive(timeout=TIMEOUT_SECONDS).body == number
        rest.accept()


def bad_selector(it):
    try:
        it.receiver(options=Selector("colour = = 'red'"))
    except LinkDetached as refused:
        assert "amqp:invalid-field" in str(refused.condition) or "amqp:invalid-field" in str(refused), refused
    else:
        raise AssertionError("the selector was accepted")
    # The session goes on.
    it.send(Message(body="still here", durable=True))
    assert it.receiver().receive(timeout=TIMEOUT_SECONDS).body == "still here"


def browse(it):
    for number in range(5):
        it.send(Message(body=number, durable=True))
    for _ in range(2):
        browser = it.receiver(options=Copy())
        for number in range(5):
            assert browser.receive(timeout=TIMEOUT_SECONDS).body == number
            browser.accept()
        expect_nothing(browser)
        browser.close()
    consumer = it.receiver()
    for number in range(5):
        assert consumer.receive(timeout=TIMEOUT_SECONDS).body == number
        consumer.accept()


def request_reply(it):
    replies = it.connection.create_receiver(None, dynamic=True, credit=1)
    address = replies.link.remote_source.address
    assert address
    it.send(Message(body="there", reply_to=address, id="1"))
    requests = it.receiver()
    request = requests.receive(timeout=TIMEOUT_SECONDS)
    requests.accept()
    relay = it.connection.create_sender(None)
    relay.send(Message(address=request.reply_to, body=request.body + " and back", correlation_id=request.id))
    reply = replies.receive(timeout=TIMEOUT_SECONDS)
    assert reply.body == "there and back" and reply.correlation_id == "1", reply


def anonymous_relay(it):
    relay = it.connection.create_sender(None)
    for number in range(3):
        relay.send(Message(address=it.queue, body=number, durable=True), timeout=TIMEOUT_SECONDS)
    receiver = it.receiver()
    for number in range(3):
        assert receiver.receive(timeout=TIMEOUT_SECONDS).body == number
        receiver.accept()
    try:
        relay.send(Message(address=None, body="nowhere"), timeout=TIMEOUT_SECONDS)
    except SendException as refused:
        assert refused.state == Delivery.REJECTED, refused.state
    else:
        raise AssertionError("a message to nowhere was accepted")


def large(it):
    body = bytes(range(256)) * (5 * 4096)
    it.send(Message(body=body, durable=True))
    receiver = it.receiver(credit=1)
    assert bytes(receiver.receive(timeout=TIMEOUT_SECONDS).body) == body
    receiver.accept()


def drain(it):
    it.send(*(Message(body=number, durable=True) for number in range(5)))

    class Draining(MessagingHandler):
        def __init__(self):
            super().__init__(prefetch=0)
            self.bodies = []

        def on_start(self, event):
            self.connection = event.container.connect(it.url, reconnect=False)
            self.link = event.container.create_receiver(self.connection, it.queue)
            self.deadline = event.container.schedule(TIMEOUT_SECONDS, self)

        def on_timer_task(self, event):
            self.connection.close()

        def on_link_opened(self, event):
            self.link.drain(100)

        def on_message(self, event):
            self.bodies.append(event.message.body)
            self.end_when_drained()

        def on_link_flow(self, event):
            self.end_when_drained()

        def end_when_drained(self):
            if len(self.bodies) == 5 and self.link.credit == 0:
                self.deadline.cancel()
                self.connection.close()

    handler = Draining()
    Container(handler).run()
    assert handler.bodies == [0, 1, 2, 3, 4], handler.bodies
    assert handler.link.credit == 0, handler.link.credit


class Transactions(MessagingHandler, TransactionHandler):
    """Takes messages, sends others, and commits or aborts both at once."""

    def __init__(self, it, commit):
        super().__init__(prefetch=0, auto_accept=False)
        self.it = it
        self.commit = commit
        self.outcome = None
        self.transaction = None

    def on_start(self, event):
        self.container = event.container
        self.connection = event.container.connect(self.it.url, reconnect=False)
        self.sender = event.container.create_sender(self.connection, self.it.queue + "-out")
        self.receiver = event.container.create_receiver(self.connection, self.it.queue)
        event.container.declare_transaction(self.connection, handler=self)
        self.deadline = event.container.schedule(TIMEOUT_SECONDS, self)

    def on_timer_task(self, event):
        self.outcome = "timeout"
        self.connection.close()

    def on_transaction_declared(self, event):
        self.transaction = event.transaction
        self.receiver.flow(1)

    def on_message(self, event):
        self.transaction.accept(event.delivery)
        self.transaction.send(self.sender, Message(body="made of " + event.message.body, durable=True))
        if self.commit:
            self.transaction.commit()
        else:
            self.transaction.abort()

    def end(self, outcome):
        self.outcome = outcome
        self.deadline.cancel()
        self.connection.close()

    def on_transaction_committed(self, event):
        self.end("committed")

    def on_transaction_aborted(self, event):
        self.end("aborted")

    def on_transaction_declare_failed(self, event):
        self.end("declare failed")

    def on_transaction_commit_failed(self, event):
        self.end("commit failed")


def transactions(it):
    it.send(Message(body="one", durable=True))
    for commit, outcome in ((False, "aborted"), (True, "committed")):
        handler = Transactions(it, commit)
        Container(handler).run()
        assert handler.outcome == outcome, handler.outcome
    out = it.connection.create_receiver(it.queue + "-out", credit=10)
    assert out.receive(timeout=TIMEOUT_SECONDS).body == "made of one"
    out.accept()
    expect_nothing(out)
    expect_nothing(it.receiver())


class OnTopic(LinkOption):
    """Says that the terminus is a topic."""

    def __init__(self, *more):
        self.words = [symbol(word) for word in ("topic",) + more]

    def apply(self, link):
        terminus = link.source if link.is_receiver else link.target
        terminus.capabilities.put_array(False, Data.SYMBOL)
        terminus.capabilities.enter()
        for word in self.words:
            terminus.capabilities.put_symbol(word)
        terminus.capabilities.exit()


def topic(it):
    first = it.receiver(options=OnTopic())
    second = it.receiver(name="second", options=[OnTopic(), Selector("number > 1")])
    sender = it.connection.create_sender(it.queue, options=OnTopic())
    for number in range(3):
        sender.send(Message(body=number, properties={"number": number}), timeout=TIMEOUT_SECONDS)
    for number in range(3):
        assert first.receive(timeout=TIMEOUT_SECONDS).body == number
        first.accept()
    assert second.receive(timeout=TIMEOUT_SECONDS).body == 2
    second.accept()
    expect_nothing(second)


def durable_subscription(it):
    options = [OnTopic(), DurableSubscription()]

    def connect():
        container = Container()
        container.container_id = "python-subscriber"
        return it.connect(container=container)

    away = connect()
    away.create_receiver(it.queue, name="news", options=options).link.detach()
    away.close()
    sender = it.connection.create_sender(it.queue, options=OnTopic())
    sender.send(Message(body="while away", durable=True), timeout=TIMEOUT_SECONDS)
    back = connect()
    receiver = back.create_receiver(it.queue, name="news", credit=1, options=options)
    assert receiver.receive(timeout=TIMEOUT_SECONDS).body == "while away"
    receiver.accept()
    receiver.close()
    back.close()
    sender.send(Message(body="after unsubscribing", durable=True), timeout=TIMEOUT_SECONDS)
    again = connect()
    expect_nothing(again.create_receiver(it.queue, name="news", credit=1, options=options))
    again.close()


def shared_subscription(it):
    options = [OnTopic("shared"), DurableSubscription()]
    first = it.receiver(name="crew|1", credit=1, options=options)
    second = it.receiver(name="crew|2", credit=1, options=options)
    sender = it.connection.create_sender(it.queue, options=OnTopic())
    for number in range(2):
        sender.send(Message(body=number, durable=True), timeout=TIMEOUT_SECONDS)
    bodies = [receiver.receive(timeout=TIMEOUT_SECONDS).body for receiver in (first, second)]
    assert sorted(bodies) == [0, 1], bodies


def wrong_password(it):
    try:
        it.connect(user="somebody", password="wrong", allowed_mechs="PLAIN", allow_insecure_mechs=True)
    except Exception as refused:
        assert "auth" in str(refused).lower(), refused
    else:
        raise AssertionError("let in")


def right_password(it):
    for mechanism in sys.argv[4].split(","):
        connection = it.connect(
            user="somebody", password="right", allowed_mechs=mechanism, allow_insecure_mechs=True
        )
        connection.create_sender(it.queue).send(Message(body=mechanism), timeout=TIMEOUT_SECONDS)
        connection.close()


def trusting(authority):
    domain = SSLDomain(SSLDomain.MODE_CLIENT)
    domain.set_trusted_ca_db(authority)
    domain.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    return domain


def tls(it):
    it.url = it.url.replace("amqp:", "amqps:")
    it.connection = it.connect(
        user="somebody", password="right", allowed_mechs="PLAIN", ssl_domain=trusting(sys.argv[4])
    )
    body = bytes(range(256)) * 4096
    it.send(Message(body=body, durable=True))
    receiver = it.receiver(credit=1)
    assert bytes(receiver.receive(timeout=TIMEOUT_SECONDS).body) == body
    receiver.accept()
    it.connection.close()


def tls_of_a_stranger(it):
    it.url = it.url.replace("amqp:", "amqps:")
    try:
        it.connect(user="somebody", password="right", allowed_mechs="PLAIN", ssl_domain=trusting(sys.argv[4]))
    except Exception as refused:
        assert "certificate verify failed" in str(refused), refused
    else:
        raise AssertionError("believed")


SCENARIOS = {each.__name__: each for each in (
    types,
    properties,
    settle_modes,
    outcomes,
    selector,
    bad_selector,
    browse,
    request_reply,
    anonymous_relay,
    large,
    drain,
    transactions,
    topic,
    durable_subscription,
    shared_subscription,
    wrong_password,
    right_password,
    tls,
    tls_of_a_stranger,
)}

# These connect by themselves.
LOGINS = ("wrong_password", "right_password", "tls", "tls_of_a_stranger")


def main():
    name, host, port = sys.argv[1:4]
    if name in LOGINS:
        scenario = Scenario.__new__(Scenario)
        scenario.url = url(host, port)
        scenario.queue = "python-" + name
        SCENARIOS[name](scenario)
    else:
        scenario = Scenario(name, host, port)
        SCENARIOS[name](scenario)
        scenario.connection.close()
    print("passed")


main()
