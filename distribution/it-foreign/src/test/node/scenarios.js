/*
 * What users of rhea do with a broker, one scenario at a time.
 *
 * Usage: scenarios.js NAME HOST PORT [TOKEN | AUTHORITY [CERTIFICATE KEY]]
 *
 * A scenario is a function of `scenarios`; one without a parameter connects by itself. Prints "passed" and ends with 0
 * when all is as it should be; else what was not.
 */
'use strict';

const assert = require('assert');
const fs = require('fs');
const rhea = require('rhea');

const TIMEOUT_MILLIS = 20000;
const NEVER_MILLIS = 500;

const [name, host, port, given, certificate, key] = process.argv.slice(2);
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

/** The user whom the broker knows. */
const KNOWN = { username: 'anna', password: 'correct, horse=' };

/** What TLS takes to believe the broker's certificate. */
function trusting() {
  return { transport: 'tls', servername: 'localhost', ca: [fs.readFileSync(given)] };
}

/** Sends a message over a connection made with these options, and takes it again. */
async function exchange(more, ...bodies) {
  const client = await Client.connect(more);
  const receiver = await client.receiver(queue);
  receiver.link.add_credit(bodies.length);
  const sender = await client.sender(queue);
  for (const body of bodies) {
    assert.strictEqual(await client.send(sender, { body: body, durable: true }), 'accepted');
    const { message, delivery } = await receiver.next();
    assert.ok(message.body === body, 'another body of ' + message.body.length);
    delivery.accept();
  }
  await client.close();
}

/** Two receivers of one subscription, each of which gets one of two messages. */
async function share(client, source) {
  const capabilities = ['topic', 'shared'];
  const pair = [];
  for (const number of [1, 2]) {
    const receiver = await client.receiver(queue, {
      link: { name: 'crew|' + number },
      source: { capabilities: capabilities, ...source },
    });
    receiver.link.add_credit(1);
    pair.push(receiver);
  }
  const sender = await client.sender(queue, { target: { capabilities: ['topic'] } });
  for (const number of [0, 1]) {
    assert.strictEqual(await client.send(sender, { body: number, durable: true }), 'accepted');
  }
  const bodies = [];
  for (const receiver of pair) {
    const { message, delivery } = await receiver.next();
    bodies.push(message.body);
    delivery.accept();
  }
  assert.deepStrictEqual(bodies.sort(), [0, 1]);
  return { pair, sender };
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
    const large = Buffer.from([0x80, 1, 2, 3, 4, 5, 6, 7]);
    const uuid = Buffer.from('0f0e0d0c0b0a09080706050403020100', 'hex');
    // What makes a value (encoding one changes it), and what rhea makes of it when it reads it.
    const simple = {
      nothing: [() => null, null],
      boolean: [() => true, true],
      ubyte: [() => types.wrap_ubyte(200), 200],
      ushort: [() => types.wrap_ushort(60000), 60000],
      uint: [() => types.wrap_uint(4000000000), 4000000000],
      ulong: [() => types.wrap_ulong(large), large],
      byte: [() => types.wrap_byte(-100), -100],
      short: [() => types.wrap_short(-30000), -30000],
      int: [() => types.wrap_int(-2000000000), -2000000000],
      long: [() => types.wrap_long(large), large],
      float: [() => types.wrap_float(1.5), 1.5],
      double: [() => types.wrap_double(2.25), 2.25],
      char: [() => types.wrap_char(0x20ac), 0x20ac],
      timestamp: [() => types.wrap_timestamp(1700000000123), new Date(1700000000123)],
      uuid: [() => types.wrap_uuid(uuid), uuid],
      binary: [() => types.wrap_binary(Buffer.from([0, 255, 7])), Buffer.from([0, 255, 7])],
      string: [() => 'text \u00e4\u20ac', 'text \u00e4\u20ac'],
      symbol: [() => types.wrap_symbol('symbol'), 'symbol'],
    };
    const values = {
      ...simple,
      list: [() => [1, 'two', [3, null]], [1, 'two', [3, null]]],
      map: [() => ({ key: { inner: true } }), { key: { inner: true } }],
      array: [() => types.wrap_array([1, 2, 3], 0x71), [1, 2, 3]],
      described: [() => types.wrap_described([1, 'two'], 'com.example:thing'), [1, 'two']],
    };
    const sections = {
      data: rhea.message.data_section(Buffer.from([0, 255, 7])),
      several_data: rhea.message.data_sections([Buffer.from([1]), Buffer.from([2, 3])]),
      sequence: rhea.message.sequence_section([1, 'two']),
      several_sequences: rhea.message.sequence_sections([[1], ['two', 3]]),
    };
    const sender = await client.sender(queue);
    const receiver = await client.receiver(queue);
    receiver.link.add_credit(100);
    for (const [key, [make, expected]] of Object.entries(values)) {
      const sent = { durable: true, body: make(), message_annotations: { 'x-opt-key': make() } };
      if (key in simple) {
        sent.application_properties = { key: make() };
      }
      assert.strictEqual(await client.send(sender, sent), 'accepted', key);
      const { message, delivery } = await receiver.next();
      const annotation = message.message_annotations['x-opt-key'];
      assert.deepStrictEqual(message.body, expected, key);
      assert.deepStrictEqual(key === 'described' ? types.unwrap(annotation) : annotation, expected, key);
      if (key in simple) {
        assert.deepStrictEqual(message.application_properties, { key: expected }, key);
      }
      delivery.accept();
    }
    for (const [key, section] of Object.entries(sections)) {
      assert.strictEqual(await client.send(sender, { durable: true, body: section }), 'accepted', key);
      const { message, delivery } = await receiver.next();
      assert.strictEqual(message.body.typecode, section.typecode, key);
      assert.deepStrictEqual(message.body.content, section.content, key);
      delivery.accept();
    }
  },

  async properties(client) {
    const sent = {
      durable: true,
      priority: 7,
      ttl: 600000,
      message_id: 77,
      user_id: Buffer.from('user'),
      to: queue,
      subject: 'subject',
      reply_to: 'somewhere',
      correlation_id: 'correlation',
      content_type: 'text/plain',
      content_encoding: 'utf-8',
      absolute_expiry_time: new Date(4000000000000),
      creation_time: new Date(1700000000123),
      group_id: 'group',
      group_sequence: 5,
      reply_to_group_id: 'other',
      body: 'body',
    };
    const sender = await client.sender(queue);
    assert.strictEqual(await client.send(sender, sent), 'accepted');
    const receiver = await client.receiver(queue);
    receiver.link.add_credit(1);
    const { message, delivery } = await receiver.next();
    for (const [key, value] of Object.entries(sent)) {
      if (key !== 'ttl') {
        assert.deepStrictEqual(message[key], value, key);
      }
    }
    assert.ok(message.ttl > 0 && message.ttl <= sent.ttl, 'ttl ' + message.ttl);
    delivery.accept();
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
    next.delivery.modified({ undeliverable_here: true });
    await receiver.nothing();
    receiver.link.close();
    const elsewhere = await client.receiver(queue);
    elsewhere.link.add_credit(1);
    next = await elsewhere.next();
    assert.strictEqual(next.message.delivery_count, 1);
    next.delivery.reject({ condition: 'example:bad', description: 'no good' });
    await elsewhere.nothing();
    const dead = await client.receiver('DLQ');
    dead.link.add_credit(1);
    next = await dead.next();
    assert.strictEqual(next.message.body, 'message');
    next.delivery.accept();
  },

  async settle_modes(client) {
    const [unsettled, settled, mixed] = [0, 1, 2];
    const [first, second] = [0, 1];
    for (const snd of [unsettled, settled, mixed]) {
      for (const rcv of [first, second]) {
        const link = { snd_settle_mode: snd, rcv_settle_mode: rcv };
        const what = JSON.stringify(link);
        const sender = await client.sender(queue, { link: link });
        if (snd === settled) {
          sender.send({ body: what, durable: true });
        } else {
          assert.strictEqual(await client.send(sender, { body: what, durable: true }), 'accepted', what);
        }
        const receiver = await client.receiver(queue, { link: { ...link, autosettle: false } });
        // Where both would do, the broker waits for an answer.
        assert.strictEqual(receiver.link.snd_settle_mode, snd === settled ? settled : unsettled, what);
        receiver.link.add_credit(1);
        const { message, delivery } = await receiver.next();
        assert.strictEqual(message.body, what);
        assert.strictEqual(delivery.remote_settled, snd === settled, what);
        if (snd !== settled) {
          delivery.update(rcv === first, rhea.message.accepted().described());
        }
        if (snd !== settled && rcv === second) {
          // The broker forgets the delivery first.
          await once(receiver.link, 'settled');
          delivery.update(true);
        }
        sender.close();
        receiver.link.close();
        await once(receiver.link, 'receiver_close');
      }
    }
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

  async anonymous_relay(client) {
    const relay = await client.sender(null);
    for (let number = 0; number < 3; number++) {
      assert.strictEqual(await client.send(relay, { to: queue, body: number, durable: true }), 'accepted');
    }
    assert.strictEqual(await client.send(relay, { body: 'nowhere' }), 'rejected');
    const receiver = await client.receiver(queue);
    receiver.link.add_credit(3);
    for (let number = 0; number < 3; number++) {
      const { message, delivery } = await receiver.next();
      assert.strictEqual(message.body, number);
      delivery.accept();
    }
  },

  async bad_selector(client) {
    const refused = client.connection.open_receiver({ source: { address: queue, filter: rhea.filter.selector('a = = 1') } });
    await once(refused, 'receiver_error');
    assert.strictEqual(refused.error.condition, 'amqp:invalid-field');
    // The session goes on.
    const sender = await client.sender(queue);
    assert.strictEqual(await client.send(sender, { body: 'still here' }), 'accepted');
  },

  async shared_subscription(client) {
    const { pair, sender } = await share(client, {});
    for (const receiver of pair) {
      receiver.link.close();
      await once(receiver.link, 'receiver_close');
    }
    await client.send(sender, { body: 'heard by nobody' });
    const late = await client.receiver(queue, {
      link: { name: 'crew|3' },
      source: { capabilities: ['topic', 'shared'] },
    });
    late.link.add_credit(1);
    await late.nothing();
  },

  async shared_durable_subscription(client) {
    const durable = { durable: 2, expiry_policy: 'never' };
    const { pair, sender } = await share(client, durable);
    for (const receiver of pair) {
      receiver.link.detach();
      await once(receiver.link, 'receiver_close');
    }
    await client.send(sender, { body: 'while away', durable: true });
    const back = await client.receiver(queue, {
      link: { name: 'crew|3' },
      source: { capabilities: ['topic', 'shared'], ...durable },
    });
    back.link.add_credit(1);
    const { message, delivery } = await back.next();
    assert.strictEqual(message.body, 'while away');
    delivery.accept();
  },

  async durable_subscription(client) {
    const topic = { address: queue, capabilities: ['topic'] };
    const subscription = { link: { name: 'news' }, source: { ...topic, durable: 2, expiry_policy: 'never' } };
    let subscriber = await Client.connect({ container_id: 'node-subscriber' });
    let receiver = await subscriber.receiver(queue, subscription);
    receiver.link.detach();
    await once(receiver.link, 'receiver_close');
    await subscriber.close();

    const sender = await client.sender(queue, { target: topic });
    await client.send(sender, { body: 'while away', durable: true });

    subscriber = await Client.connect({ container_id: 'node-subscriber' });
    receiver = await subscriber.receiver(queue, subscription);
    receiver.link.add_credit(1);
    const { message, delivery } = await receiver.next();
    assert.strictEqual(message.body, 'while away');
    delivery.accept();
    receiver.link.close();
    await once(receiver.link, 'receiver_close');
    await subscriber.close();
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
    await exchange({ connection_details: details, ...KNOWN }, 'small', 'x'.repeat(1024 * 1024));
  },

  async plain() {
    await exchange(KNOWN, 'hello');
  },

  async wrong_password() {
    await assert.rejects(Client.connect({ ...KNOWN, password: 'wrong' }), /connection_error: .*Failed to authenticate/);
  },

  async anonymous() {
    // rhea says nobody's name by ANONYMOUS when it has a name and no password.
    await exchange({ username: 'nobody' }, 'hello');
  },

  async xoauth2() {
    await exchange({ username: 'dora', token: given }, 'hello');
    await assert.rejects(Client.connect({ username: 'emil', token: given }), /connection_error/);
  },

  async tls() {
    await exchange({ ...trusting(), ...KNOWN }, 'hello', 'x'.repeat(1024 * 1024));
  },

  async tls_of_a_stranger() {
    await assert.rejects(Client.connect({ ...trusting(), ...KNOWN }), /unable to verify the first certificate/);
  },

  async external() {
    await exchange(
      {
        ...trusting(),
        cert: fs.readFileSync(certificate),
        key: fs.readFileSync(key),
        enable_sasl_external: true,
      },
      'hello'
    );
  },

  async external_without_certificate() {
    await assert.rejects(Client.connect({ ...trusting(), enable_sasl_external: true }), /disconnected|connection_error/);
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
