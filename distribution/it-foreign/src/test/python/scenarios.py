"""What users of Qpid Proton for Python do with a broker, one scenario at a time.

Usage: scenarios.py NAME HOST PORT [AUTHORITY [CERTIFICATE KEY]]

A scenario is a function at the left margin with the one parameter `it`, or, when it connects by itself, `login`. Prints
"passed" and ends with 0 when all is as it should be; else the traceback of what was not.
"""

import sys
import uuid

from proton import (
    UNDESCRIBED,
    Array,
    Data,
    Delivery,
    Described,
    Link,
    Message,
    SSLDomain,
    byte,
    char,
    decimal32,
    decimal64,
    decimal128,
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
from proton.utils import BlockingConnection, LinkDetached, SendException, SyncRequestResponse

TIMEOUT_SECONDS = 20
NEVER_SECONDS = 0.5


def url(host, port):
    return "amqp://%s:%s" % (host, port)


class Scenario:
    """A queue of its own, and how to get at it."""

    def __init__(self, name, host, port, authority=None, certificate=None, key=None):
        self.url = url(host, port)
        self.queue = "python-" + name
        self.authority = authority
        self.certificate = certificate
        self.key = key
        self.connection = None

    def connect(self, **options):
        return BlockingConnection(self.url, timeout=TIMEOUT_SECONDS, **options)

    def send(self, *messages, **options):
        sender = self.connection.create_sender(self.queue, **options)
        for message in messages:
            sender.send(message, timeout=TIMEOUT_SECONDS)
        sender.close()

    def receiver(self, credit=10, **options):
        return self.connection.create_receiver(self.queue, credit=credit, **options)

    def exchange(self, body, **options):
        """Sends a message over a connection made with these options, and takes it again."""
        self.connection = self.connect(**options)
        self.send(Message(body=body, durable=True))
        receiver = self.receiver(credit=1)
        received = receiver.receive(timeout=TIMEOUT_SECONDS).body
        assert (bytes(received) if isinstance(body, bytes) else received) == body
        receiver.accept()
        self.connection.close()

    def is_not_let_in(self, why, **options):
        try:
            self.connect(**options)
        except Exception as refused:
            assert why in str(refused).lower(), refused
        else:
            raise AssertionError("let in")


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
        "decimal32": decimal32(12345),
        "decimal64": decimal64(12345),
        "decimal128": decimal128(bytes(range(16))),
        "char": char("\u20ac"),
        "timestamp": timestamp(1700000000123),
        "uuid": uuid.UUID("0f0e0d0c-0b0a-0908-0706-050403020100"),
        "binary": b"\x00\xff\x07",
        "string": "text \u00e4\u20ac\U0001f426",
        "symbol": symbol("symbol"),
        "list": [1, "two", [3.0, None]],
        "map": {"key": {"inner": [True]}},
        "array": Array(UNDESCRIBED, Data.INT, int32(1), int32(2), int32(3)),
        "described": Described(symbol("com.example:thing"), [1, "two"]),
    }
    # What AMQP lets a value of the application properties be.
    simple = [name for name in values if name not in ("list", "map", "array", "described")]
    names = [name for name in values]
    for name in names:
        it.send(
            Message(
                body=values[name],
                durable=True,
                subject=name,
                annotations={symbol("x-opt-" + name): values[name]},
                properties={name: values[name]} if name in simple else {},
            )
        )
    receiver = it.receiver(credit=len(names))
    for name in names:
        message = receiver.receive(timeout=TIMEOUT_SECONDS)
        assert message.subject == name, (message.subject, name)
        body = bytes(message.body) if name == "binary" else message.body
        assert body == values[name] and type(body) is type(values[name]), (name, body)
        annotation = message.annotations[symbol("x-opt-" + name)]
        annotation = bytes(annotation) if name == "binary" else annotation
        assert annotation == values[name], (name, annotation)
        if name in simple:
            of_application = message.properties[name]
            of_application = bytes(of_application) if name == "binary" else of_application
            assert of_application == values[name], (name, of_application)
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


class Settling(LinkOption):
    """Says who settles when."""

    def __init__(self, sender, receiver):
        self.sender = sender
        self.receiver = receiver

    def apply(self, link):
        link.snd_settle_mode = self.sender
        link.rcv_settle_mode = self.receiver


def settle_modes(it):
    number = 0
    for sender_mode in (Link.SND_UNSETTLED, Link.SND_SETTLED, Link.SND_MIXED):
        for receiver_mode in (Link.RCV_FIRST, Link.RCV_SECOND):
            mode = Settling(sender_mode, receiver_mode)
            number += 1
            sender = it.connection.create_sender(it.queue, options=mode)
            sent = sender.link.send(Message(body=number, durable=True))
            if sender_mode != Link.SND_SETTLED:
                it.connection.wait(lambda: sent.remote_state == Delivery.ACCEPTED, timeout=TIMEOUT_SECONDS)
                # Where the broker waits for it, we forget first.
                assert sent.settled == (receiver_mode == Link.RCV_FIRST), (sender_mode, receiver_mode)
                sent.settle()
            sender.close()
            taking = it.receiver(credit=1, options=mode)
            # Where both would do, the broker waits for an answer.
            actual = Link.SND_SETTLED if sender_mode == Link.SND_SETTLED else Link.SND_UNSETTLED
            assert taking.link.remote_snd_settle_mode == actual, (sender_mode, taking.link.remote_snd_settle_mode)
            assert taking.receive(timeout=TIMEOUT_SECONDS).body == number, (sender_mode, receiver_mode)
            if sender_mode == Link.SND_SETTLED:
                assert not taking.fetcher.unsettled
            else:
                delivery = taking.fetcher.unsettled[0]
                delivery.update(Delivery.ACCEPTED)
                if receiver_mode == Link.RCV_SECOND:
                    # The broker forgets it first.
                    it.connection.wait(lambda: delivery.settled, timeout=TIMEOUT_SECONDS)
                taking.settle()
            taking.close()
    expect_nothing(it.receiver())


def outcomes(it):
    it.send(Message(body="message", durable=True))
    receiver = it.receiver(credit=1)
    assert receiver.receive(timeout=TIMEOUT_SECONDS).delivery_count == 0
    receiver.release(delivered=False)
    message = receiver.receive(timeout=TIMEOUT_SECONDS)
    assert message.delivery_count == 0, message.delivery_count
    disposition = receiver.fetcher.unsettled[0].local
    disposition.failed = True
    disposition.annotations = {symbol("x-opt-why"): "later"}
    receiver.settle(Delivery.MODIFIED)
    message = receiver.receive(timeout=TIMEOUT_SECONDS)
    assert message.delivery_count == 1, message.delivery_count
    assert message.annotations == {symbol("x-opt-why"): "later"}, message.annotations
    receiver.fetcher.unsettled[0].local.undeliverable = True
    receiver.settle(Delivery.MODIFIED)
    expect_nothing(receiver)
    receiver.close()
    receiver = it.receiver(credit=1)
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


def share(it, *options):
    """Two receivers, each of which gets one of two messages."""
    pair = [it.receiver(name="crew|%d" % number, credit=1, options=[OnTopic("shared"), *options]) for number in (1, 2)]
    sender = it.connection.create_sender(it.queue, options=OnTopic())
    for number in range(2):
        sender.send(Message(body=number, durable=True), timeout=TIMEOUT_SECONDS)
    bodies = [receiver.receive(timeout=TIMEOUT_SECONDS).body for receiver in pair]
    assert sorted(bodies) == [0, 1], bodies
    for receiver in pair:
        receiver.accept()
    return pair, sender


def shared_subscription(it):
    pair, sender = share(it)
    for receiver in pair:
        receiver.close()
    sender.send(Message(body="heard by nobody"), timeout=TIMEOUT_SECONDS)
    expect_nothing(it.receiver(name="crew|1", credit=1, options=OnTopic("shared")))


def shared_durable_subscription(it):
    pair, sender = share(it, DurableSubscription())
    for receiver in pair:
        receiver.link.detach()
    sender.send(Message(body="while away", durable=True), timeout=TIMEOUT_SECONDS)
    back = it.receiver(name="crew|3", credit=1, options=[OnTopic("shared"), DurableSubscription()])
    assert back.receive(timeout=TIMEOUT_SECONDS).body == "while away"
    back.accept()


def manage(it, operation, entity, name, attributes):
    """The answer of the management node, which must be a good one."""
    request = Message(
        id=str(uuid.uuid4()),
        properties={"operation": operation, "type": entity, "name": name},
        body=attributes,
    )
    answer = SyncRequestResponse(it.connection, "$management").call(request)
    assert answer.properties["statusCode"] // 100 == 2, answer.properties
    return answer.body


def routed(it):
    red = it.queue + "-red"
    route = {"from": it.queue, "to": red, "filter": "colour = 'red'", "exclusive": True}
    manage(it, "CREATE", "dev.godwit.route", it.queue, route)
    for colour in ("blue", "red"):
        it.send(Message(body=colour, durable=True, properties={"colour": colour}))
    receiver = it.connection.create_receiver(red, credit=2)
    message = receiver.receive(timeout=TIMEOUT_SECONDS)
    assert message.body == "red", message
    assert message.annotations[symbol("x-opt-original-address")] == it.queue, message.annotations
    receiver.accept()
    expect_nothing(receiver)
    rest = it.receiver(credit=2)
    assert rest.receive(timeout=TIMEOUT_SECONDS).body == "blue"
    rest.accept()
    expect_nothing(rest)
    manage(it, "DELETE", "dev.godwit.route", it.queue, None)


# The user whom the broker knows.
KNOWN = {"user": "anna", "password": "correct, horse="}


def plain(login):
    login.exchange("hello", allowed_mechs="PLAIN", allow_insecure_mechs=True, **KNOWN)


def wrong_password(login):
    login.is_not_let_in("auth", user="anna", password="wrong", allowed_mechs="PLAIN", allow_insecure_mechs=True)


def anonymous(login):
    login.exchange("hello", allowed_mechs="ANONYMOUS")


def trusting(login):
    domain = SSLDomain(SSLDomain.MODE_CLIENT)
    domain.set_trusted_ca_db(login.authority)
    domain.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    login.url = login.url.replace("amqp:", "amqps:")
    return domain


def tls(login):
    login.exchange(bytes(range(256)) * 4096, allowed_mechs="PLAIN", ssl_domain=trusting(login), **KNOWN)


def tls_of_a_stranger(login):
    login.is_not_let_in("certificate verify failed", allowed_mechs="PLAIN", ssl_domain=trusting(login), **KNOWN)


def external(login):
    domain = trusting(login)
    domain.set_credentials(login.certificate, login.key, None)
    login.exchange("hello", allowed_mechs="EXTERNAL", ssl_domain=domain)


def external_without_certificate(login):
    login.is_not_let_in("", allowed_mechs="EXTERNAL", ssl_domain=trusting(login))


def main():
    name = sys.argv[1]
    scenario = Scenario(*sys.argv[1:])
    function = globals()[name]
    if function.__code__.co_varnames[0] == "login":
        function(scenario)
    else:
        scenario.connection = scenario.connect()
        function(scenario)
        scenario.connection.close()
    print("passed")


main()
