/*
 * Sends and receives durable messages with rhea.
 *
 * Usage: client.js send|receive HOST PORT QUEUE COUNT
 *
 * `send` ends when the broker has accepted every message. `receive` prints a line for each message that it takes:
 * durable, body, the application property `number`, subject and correlation-id, with a bar between them.
 */
'use strict';

const rhea = require('rhea');

const TIMEOUT_MILLIS = 20000;

const [direction, host, port, queue, countText] = process.argv.slice(2);
const count = Number(countText);

function fail(what) {
  console.error(what);
  process.exit(1);
}

const container = rhea.create_container();
const connection = container.connect({ host: host, port: Number(port), reconnect: false });
const deadline = setTimeout(() => fail('timeout'), TIMEOUT_MILLIS);

function end() {
  clearTimeout(deadline);
  connection.close();
}

container.on('disconnected', (context) => fail('disconnected: ' + context.error));
container.on('connection_error', (context) => fail('connection: ' + context.connection.error));
container.on('sender_error', (context) => fail('sender: ' + context.sender.error));
container.on('receiver_error', (context) => fail('receiver: ' + context.receiver.error));

function send() {
  let sent = 0;
  let confirmed = 0;
  connection.open_sender(queue);
  container.on('sendable', (context) => {
    while (context.sender.sendable() && sent < count) {
      context.sender.send({
        body: 'message ' + sent + ' \u00e4\u20ac',
        durable: true,
        subject: 'node',
        correlation_id: 'c-' + sent,
        application_properties: { number: sent },
      });
      sent++;
    }
  });
  container.on('accepted', () => {
    confirmed++;
    if (confirmed === count) {
      console.log('confirmed ' + count);
      end();
    }
  });
  container.on('rejected', (context) => fail('rejected: ' + context.delivery.remote_state.error));
  container.on('released', () => fail('released'));
}

function receive() {
  let received = 0;
  connection.open_receiver({ source: queue, credit_window: 0, autoaccept: true });
  container.on('receiver_open', (context) => context.receiver.add_credit(count));
  container.on('message', (context) => {
    const message = context.message;
    console.log(
      [
        message.durable ? 'durable' : 'not durable',
        message.body,
        message.application_properties.number,
        message.subject,
        message.correlation_id,
      ].join('|')
    );
    received++;
    if (received === count) {
      end();
    }
  });
}

if (direction === 'send') {
  send();
} else {
  receive();
}
