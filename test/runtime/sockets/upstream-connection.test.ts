import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { HeaderList } from '../../../src/http/header-list.ts';
import type { CanonicalRequest } from '../../../src/http/message.ts';
import type { ProxyResponse, TransportError } from '../../../src/proxy/forward/transport.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import { UpstreamConnection } from '../../../src/runtime/sockets/upstream-connection.ts';
import { octets, textOf } from '../../support/octets.ts';

const request: CanonicalRequest = {
  method: 'GET',
  scheme: 'http',
  authority: 'a.example',
  host: 'a.example',
  port: undefined,
  path: '/',
  query: '',
  headers: new HeaderList(),
};
const POISON = octets('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison');

/** A connection over a socket that the test speaks for. */
function scene() {
  let sent = '';
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Uint8Array, _encoding, done) => {
      sent += textOf(chunk);
      done();
    },
  });
  const idle: UpstreamConnection[] = [];
  const owner = { idle: (one: UpstreamConnection) => void idle.push(one), closed: () => undefined };
  const connection = new UpstreamConnection(socket as unknown as Socket, owner);
  const answers: (ProxyResponse<BodySource> | TransportError)[] = [];
  const answer = (one: ProxyResponse<BodySource> | TransportError) => void answers.push(one);
  const send = () => connection.send({ request, body: undefined }, undefined, answer, answer);
  return { socket, connection, idle, answers, send, sent: () => sent };
}

test('desynchronisation: what an upstream says before the request has left is no answer to it', async () => {
  const { socket, connection, answers, send, sent } = scene();
  send();
  socket.emit('data', POISON);
  await endOfTurn();
  const [answer] = answers;
  assert.deepEqual(
    [answers.length, answer instanceof Error && 'failure' in answer && answer.failure],
    [1, 'reset'],
  );
  assert.deepEqual(
    [sent(), connection.answered, connection.usable, socket.destroyed],
    ['', false, false, true],
  );
});

test('an answer to a request that has left is one, and the connection takes another', async () => {
  const { socket, connection, idle, answers, send, sent } = scene();
  for (const times of [1, 2]) {
    send();
    await endOfTurn();
    assert.equal(sent(), 'GET / HTTP/1.1\r\nhost: a.example\r\n\r\n'.repeat(times));
    socket.emit('data', octets('HTTP/1.1 204 No Content\r\n\r\n'));
    assert.deepEqual([answers.length, idle.length, connection.usable], [times, times, true]);
  }
  assert.ok(answers.every((answer) => 'status' in answer && answer.status === 204));
});

test('desynchronisation: what an idle upstream says ends its connection', () => {
  const { socket, connection } = scene();
  socket.emit('data', POISON);
  assert.deepEqual([connection.usable, socket.destroyed], [false, true]);
});
