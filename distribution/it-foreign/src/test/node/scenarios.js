/*
 * What users of rhea do with a broker, one scenario at a time.
 *
 * Usage: scenarios.js NAME HOST PORT
 *
 * Prints "passed" and ends with 0 when all is as it should be; else what was not.
 */
'use strict';

const assert = require('assert');
const rhea = require('rhea');

const TIMEOUT_MILLIS = 20000;
const NEVER_MILLIS = 500;

const [name, host, port] = process.argv.slice(2);
const queue = 'node-' + name;
const options = { host: host, port: Number(port), reconnect: false };

function once(emitter, event, ...failures) {
  return new Promise((resolve, reject) => {
    emitter.once(event, resolve);
    for (const failure of failures) {
      emitter.once(failure, (context) => reject(new Error(failure + ': ' + describe(context))));
    }
  });
}

function describe(context) {
  const link = context.sender || context.receiver;
  return String((link && link.error) || (context.connection && context.connection.error) || context.error);
}

/** A connection on which things can be awaited. */
class Client {
  static async connect(more = {}) {
    const container = rhea.create_container(more.container_id ? { id: more.container_id } : {});
    const connection = container.connect({ ...options, ...more });
    await once(connection, 'connection_open', 'connection_error', 'disconnected');
    return new Client(connection);
  }

  constructor(connection) {
    this.connection = connection;
  }

  async sender(address, more = {}) {
    const sender = this.connection.open_sender({ target: { address: address, ...more.target }, ...more.link });
    await once(sender, 'sendable', 'sender_error');
    return sender;
  }

  /** Sends, and ends with the outcome's name. */
  send(sender, message) {
    return new Promise((resolve) => {
      const outcomes = ['accepted', 'rejected', 'released', 'modified'];
      const answered = (context) => {
        if (context.delivery === delivery) {
          outcomes.forEach((outcome) => sender.removeListener(outcome, listeners[outcome]));
        }
        return context.delivery === delivery;
      };
      const listeners = {};
      outcomes.forEach((outcome) => {
        listeners[outcome] = (context) => answered(context) && resolve(outcome);
        sender.on(outcome, listeners[outcome]);
      });
      const delivery = sender.send(message);
    });
  }

  async receiver(address, more = {}) {
    const receiver = this.connection.open_receiver({
      source: { address: address, ...more.source },
      credit_window: 0,
      autoaccept: false,
      autosettle: true,
      ...more.link,
    });
    const received = [];
    const waiting = [];
    receiver.on('message', (context) => {
      const next = waiting.shift();
      next ? next(context) : received.push(context);
    });
    await once(receiver, 'receiver_open', 'receiver_error');
    return {
      link: receiver,
      next(millis = TIMEOUT_MILLIS) {
        const context = received.shift();
        if (context) {
          return Promise.resolve(context);
        }
        return new Promise((resolve, reject) => {
          const late = setTimeout(() => {
            waiting.splice(waiting.indexOf(resolved), 1);
            reject(new Error('no message'));
          }, millis);
          const resolved = (arrived) => {
            clearTimeout(late);
            resolve(arrived);
          };
          waiting.push(resolved);
        });
      },
      async nothing() {
        await assert.rejects(this.next(NEVER_MILLIS), /no message/);
      },
    };
  }

  async close() {
    this.connection.close();
    await once(this.connection, 'connection_close');
  }
}

const scenarios = {
  async types(client) {
    const types = rhea.types;
    const bodies = {
      nothing: null,
      boolean: true,
      ulong: types.wrap_ulong(4000000000),
      int: types.wrap_int(-5),
      double: types.wrap_double(2.25),
      string: 'text \u00e4\u20ac',
      symbol: types.wrap_symbol('symbol'),
      binary: rhea.message.data_section(Buffer.from([0, 255, 7])),
      sequence: rhea.message.sequence_section([1, 'two']),
      list: [1, 'two', [3, null]],
      map: { key: { inner: true } },
      timestamp: types.wrap_timestamp(1700000000123),
    };
    const sender = await client.sender(queue);
    for (const [key, body] of Object.entries(bodies)) {
      const sent = { subject: key, durable: true, body: body, message_annotations: { 'x-opt-key': key } };
      assert.strictEqual(await client.send(sender, sent), 'accepted', key);
    }
    const receiver = await client.receiver(queue);
    receiver.link.add_credit(100);
    const expected = {
      nothing: null,
      boolean: true,
      ulong: 4000000000,
      int: -5,
      double: 2.25,
      string: 'text \u00e4\u20ac',
      symbol: 'symbol',
      list: [1, 'two', [3, null]],
      map: { key: { inner: true } },
    };
    for (const key of Object.keys(bodies)) {
      const { message, delivery } = await receiver.next();
      assert.strictEqual(message.subject, key);
      assert.strictEqual(message.message_annotations['x-opt-key'], key);
      if (key in expected) {
        assert.deepStrictEqual(message.body, expected[key], key);
      } else if (key === 'timestamp') {
        assert.strictEqual(Number(message.body), 1700000000123);
      } else {
        assert.deepStrictEqual(message.body.content, bodies[key].content, key);
      }
      delivery.accept();
    }
  },

  async outcomes(client) {
    const sender = await client.sender(queue);
    await client.send(sender, { body: 'message', durable: true });
    const receiver = await client.receiver(queue);
    receiver.link.add_credit(10);
    let next = await receiver.next();
    assert.ok(!next.message.delivery_count);
    next.delivery.release();
    next = await receiver.next();
    assert.ok(!next.message.delivery_count);
    next.delivery.modified({ delivery_failed: true, message_annotations: { 'x-opt-why': 'later' } });
    next = await receiver.next();
    assert.strictEqual(next.message.delivery_count, 1);
    assert.strictEqual(next.message.message_annotations['x-opt-why'], 'later');
    next.delivery.reject({ condition: 'example:bad', description: 'no good' });
    await receiver.nothing();
    const dead = await client.receiver('DLQ');
    dead.link.add_credit(1);
    next = await dead.next();
    assert.strictEqual(next.message.body, 'message');
    next.delivery.accept();
  },

  async settle_modes(client) {
    const sender = await client.sender(queue, { link: { snd_settle_mode: 1 } });
    sender.send({ body: 'presettled' });
    const confirmed = await client.sender(queue);
    assert.strictEqual(await client.send(confirmed, { body: 'unsettled', durable: true }), 'accepted');
    // Waits for our settlement before it forgets the delivery.
    const second = await client.receiver(queue, { link: { rcv_settle_mode: 1, autosettle: false } });
    second.link.add_credit(2);
    for (const body of ['presettled', 'unsettled']) {
      const { message, delivery } = await second.next();
      assert.strictEqual(message.body, body);
      delivery.update(false, rhea.message.accepted().described());
      await once(second.link, 'settled');
      delivery.update(true);
    }
    second.link.close();
    const rest = await client.receiver(queue);
    rest.link.add_credit(1);
    await rest.nothing();
  },

  async drain(client) {
    const sender = await client.sender(queue);
    for (let number = 0; number < 3; number++) {
      await client.send(sender, { body: number, durable: true });
    }
    const receiver = await client.receiver(queue);
    const drained = once(receiver.link, 'receiver_drained');
    receiver.link.drain_credit();
    receiver.link.add_credit(100);
    for (let number = 0; number < 3; number++) {
      const { message, delivery } = await receiver.next();
      assert.strictEqual(message.body, number);
      delivery.accept();
    }
    await drained;
    assert.strictEqual(receiver.link.credit, 0);
  },

  async selector(client) {
    const sender = await client.sender(queue);
    for (let number = 0; number < 6; number++) {
      await client.send(sender, { body: number, durable: true, application_properties: { number: number } });
    }
    const odd = await client.receiver(queue, { source: { filter: rhea.filter.selector('number IN (1, 3, 5)') } });
    odd.link.add_credit(10);
    for (const number of [1, 3, 5]) {
      const { message, delivery } = await odd.next();
      assert.strictEqual(message.body, number);
      delivery.accept();
    }
    await odd.nothing();
  },

  async browse(client) {
    const sender = await client.sender(queue);
    for (let number = 0; number < 3; number++) {
      await client.send(sender, { body: number, durable: true });
    }
    for (let again = 0; again < 2; again++) {
      const browser = await client.receiver(queue, { source: { distribution_mode: 'copy' } });
      browser.link.add_credit(10);
      for (let number = 0; number < 3; number++) {
        assert.strictEqual((await browser.next()).message.body, number);
      }
      await browser.nothing();
      browser.link.close();
    }
  },

  async request_reply(client) {
    const replies = await client.receiver(undefined, { source: { dynamic: true } });
    replies.link.add_credit(1);
    const address = replies.link.source.address;
    const sender = await client.sender(queue);
    await client.send(sender, { body: 'there', reply_to: address, message_id: '1' });
    const requests = await client.receiver(queue);
    requests.link.add_credit(1);
    const request = await requests.next();
    request.delivery.accept();
    const relay = await client.sender(null);
    await client.send(relay, { to: request.message.reply_to, correlation_id: '1', body: 'and back' });
    const reply = await replies.next();
    assert.strictEqual(reply.message.correlation_id, '1');
    assert.strictEqual(reply.message.body, 'and back');
  },

  async durable_subscription() {
    const topic = { address: queue, capabilities: ['topic'] };
    const subscription = { link: { name: 'news' }, source: { ...topic, durable: 2, expiry_policy: 'never' } };
    let subscriber = await Client.connect({ container_id: 'node-subscriber' });
    let receiver = await subscriber.receiver(queue, subscription);
    receiver.link.detach();
    await once(receiver.link, 'receiver_close');
    await subscriber.close();

    const publisher = await Client.connect();
    const sender = await publisher.sender(queue, { target: topic });
    await publisher.send(sender, { body: 'while away', durable: true });

    subscriber = await Client.connect({ container_id: 'node-subscriber' });
    receiver = await subscriber.receiver(queue, subscription);
    receiver.link.add_credit(1);
    const { message, delivery } = await receiver.next();
    assert.strictEqual(message.body, 'while away');
    delivery.accept();
    receiver.link.close();
    await once(receiver.link, 'receiver_close');
    await subscriber.close();
    await publisher.close();
  },

  async large(client) {
    const body = 'x'.repeat(5 * 1024 * 1024);
    const sender = await client.sender(queue);
    assert.strictEqual(await client.send(sender, { body: body, durable: true }), 'accepted');
    const receiver = await client.receiver(queue);
    receiver.link.add_credit(1);
    const { message, delivery } = await receiver.next();
    assert.strictEqual(message.body.length, body.length);
    delivery.accept();
  },

  async websocket() {
    const details = rhea.websocket_connect(require('ws'))('ws://' + host + ':' + port + '/amqp', ['amqp'], {});
    const client = await Client.connect({ connection_details: details, username: 'somebody', password: 'right' });
    const receiver = await client.receiver(queue);
    receiver.link.add_credit(2);
    const sender = await client.sender(queue);
    for (const body of ['small', 'x'.repeat(1024 * 1024)]) {
      assert.strictEqual(await client.send(sender, { body: body, durable: true }), 'accepted');
      const { message, delivery } = await receiver.next();
      assert.ok(message.body === body, 'another body of ' + message.body.length);
      delivery.accept();
    }
    await client.close();
  },

  async wrong_password() {
    await assert.rejects(Client.connect({ username: 'somebody', password: 'wrong' }), /connection_error|disconnected/);
  },
};

async function main() {
  const late = setTimeout(() => {
    console.error('timeout');
    process.exit(1);
  }, 2 * TIMEOUT_MILLIS);
  rhea.on('error', () => {});
  if (scenarios[name].length === 0) {
    await scenarios[name]();
  } else {
    const client = await Client.connect();
    await scenarios[name](client);
    await client.close();
  }
  clearTimeout(late);
  console.log('passed');
}

main().then(
  () => process.exit(0),
  (failure) => {
    console.error(failure);
    process.exit(1);
  }
);
