"""Sends and receives durable messages with Qpid Proton for Python.

Usage: client.py send|receive HOST PORT QUEUE COUNT

`send` ends when the broker has accepted every message. `receive` prints a line for each message that it takes:
durable, body, the application property `number`, subject and correlation-id, with a bar between them.
"""

import sys

from proton import Message
from proton.utils import BlockingConnection

TIMEOUT_SECONDS = 20


def send(connection, queue, count):
    sender = connection.create_sender(queue)
    for number in range(count):
        message = Message(
            body="message %d \u00e4\u20ac" % number,
            durable=True,
            subject="python",
            correlation_id="c-%d" % number,
            properties={"number": number},
        )
        # Returns when the delivery is settled; raises when the outcome is another than accepted.
        sender.send(message, timeout=TIMEOUT_SECONDS)
    print("confirmed %d" % count)


def receive(connection, queue, count):
    receiver = connection.create_receiver(queue, credit=10)
    for _ in range(count):
        message = receiver.receive(timeout=TIMEOUT_SECONDS)
        print(
            "%s|%s|%d|%s|%s"
            % (
                "durable" if message.durable else "not durable",
                message.body,
                message.properties["number"],
                message.subject,
                message.correlation_id,
            )
        )
        receiver.accept()


def main():
    direction, host, port, queue, count = sys.argv[1:]
    sys.stdout.reconfigure(encoding="utf-8")
    connection = BlockingConnection("amqp://%s:%s" % (host, port), timeout=TIMEOUT_SECONDS)
    try:
        {"send": send, "receive": receive}[direction](connection, queue, int(count))
    finally:
        connection.close()


main()
