import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { HeaderList } from '../../src/http/header-list.ts';
import { NonceMemory } from '../../src/identity/signature/nonce-memory.ts';
import { RequestVerifier } from '../../src/identity/signature/request-verifier.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';
import type { Outcome } from '../../src/proxy/forward/outcome.ts';
import { behindSignature } from '../../src/proxy/signed-door.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { OWN_AUTHORITY, OWN_ID, type SignedDraft, SigningPair } from '../support/signed-request.ts';

let pair: SigningPair;
before(async () => {
  pair = await SigningPair.create();
});

/** A door before an application that answers 200; what it let in, and what it told. */
function scene() {
  const seen: Exchange<string>[] = [];
  const outcomes: Outcome[] = [];
  const slept: number[] = [];
  const log = new RememberedLog();
  const handle = behindSignature<string>({
    verifier: pair.verifier,
    handler: async (exchange) => {
      seen.push(exchange);
      return { status: 200, reason: '', headers: new HeaderList(), body: undefined };
    },
    active: () => undefined,
    portOf: (name) => (name.includes('web.default') ? 8080 : undefined),
    digested: (body, digest) => `${body} with a digest of ${digest.length}`,
    clock: {
      now: () => pair.time.now,
      sleep: async (ms) => {
        slept.push(ms);
        // A timer may come early.
        pair.time.now += Math.ceil(ms / 2);
      },
    },
    log,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const connection: Connection = {
    direction: 'inbound',
    port: 15008,
    scheme: 'https',
    remoteAddress: '127.0.0.1',
    localAddress: '127.0.0.1',
    security: 'none',
    peer: undefined,
    serverName: undefined,
  };
  const ask = (draft: SignedDraft, body?: string) => {
    const headers = draft.headers.copy();
    headers.append('host', OWN_AUTHORITY);
    const head = { method: draft.method, target: draft.path + draft.query, headers };
    return handle({ head, connection, body, signal: undefined });
  };
  return { seen, outcomes, slept, log, ask };
}

test('a signed request comes in as its signer’s, with what was asked for', async () => {
  const { seen, ask } = scene();
  const message = await pair.signed();
  message.headers.append('signature-input', 'sig1=("@method");created=1');
  message.headers.append('signature', 'sig1=:AAAA:');
  message.headers.append('x-other', 'kept');
  assert.equal((await ask(message, 'body')).status, 200);
  const [{ head, connection, body } = assert.fail('nobody came')] = seen;
  assert.equal(body, 'body with a digest of 32');
  assert.equal(head.target, '/orders?a=1&b=2');
  assert.deepEqual(
    [...head.headers].map(([name]) => name),
    ['content-type', 'content-digest', 'authorization', 'x-other', 'signature-input', 'signature', 'host'],
  );
  assert.equal(head.headers.get('signature-input'), 'sig1=("@method");created=1');
  assert.equal(head.headers.get('signature'), 'sig1=:AAAA:');
  assert.equal(head.headers.get('host'), 'shop.example');
  assert.deepEqual(
    [connection.port, connection.scheme, connection.security],
    [8080, 'http', 'signed_request'],
  );
});

test('requests of one signer on one connection seem to come on one connection', async () => {
  const { seen, ask } = scene();
  for (let i = 0; i < 3; i++) await ask(await pair.signed(), 'body');
  assert.equal(new Set(seen.map(({ connection }) => connection)).size, 1);
  assert.equal(new Set(seen.map(({ connection }) => connection.peer)).size, 1);
});

test('a path is judged as it was signed: in its one form', async () => {
  const { seen, ask } = scene();
  const message = await pair.signed((draft) => Object.assign(draft, { path: '/a/c' }));
  await ask(Object.assign(message, { path: '/a/./b/../c' }), 'body');
  assert.equal(seen[0]?.head.target, '/a/c?a=1&b=2');
});

test('no process that starts later takes what was answered: a request from a clock that is ahead waits for its moment', async () => {
  const { seen, slept, ask } = scene();
  pair.time.now += 4000;
  const message = await pair.signed();
  const createdAt = pair.time.now;
  pair.time.now -= 4000;
  assert.equal((await ask(message, 'body')).status, 200);
  assert.ok(pair.time.now >= createdAt);
  const next = new RequestVerifier(
    () => pair.trust,
    () => ({ id: OWN_ID, authority: OWN_AUTHORITY, startedAt: pair.time.now + 1 }),
    new NonceMemory(),
  );
  await assert.rejects(next.verify(message, pair.time.now + 1), { code: 'signature_unready' });
  assert.equal(seen.length, 1);
  const waits = slept.length;
  assert.ok(waits > 0);
  assert.equal((await ask(await pair.signed(), 'body')).status, 200);
  assert.equal(slept.length, waits, 'what is not ahead does not wait');
});

test('a process that has just begun answers 503 to what an earlier one may have answered', async () => {
  const { outcomes, ask } = scene();
  const { now } = pair.time;
  pair.time.now = pair.startedAt - 2000;
  const message = await pair.signed();
  pair.time.now = now;
  const early = await ask(message, 'body');
  assert.deepEqual([early.status, early.body], [503, 'signed request refused: signature_unready']);
  assert.equal(outcomes[0]?.details, 'signature_refused{signature_unready}');
});

describe('a request is refused', () => {
  const cases: readonly (readonly [string, number, string, (draft: SignedDraft) => void, string?])[] = [
    ['without a signature', 401, 'signature_missing', ({ headers }) => headers.delete('signature'), 'body'],
    [
      'when it was changed',
      401,
      'signature_invalid',
      (draft) => void Object.assign(draft, { path: '/x' }),
      'body',
    ],
    ['when its body is gone', 401, 'signature_body', () => undefined],
  ];
  for (const [what, status, code, change, body] of cases) {
    test(what, async () => {
      const { seen, outcomes, ask } = scene();
      const message = await pair.signed();
      change(message);
      const response = await ask(message, body);
      assert.deepEqual([response.status, response.body], [status, `signed request refused: ${code}`]);
      assert.deepEqual(
        outcomes.map(({ details, flags }) => [details, flags]),
        [[`signature_refused{${code}}`, 'UAEX']],
      );
      assert.equal(seen.length, 0);
    });
  }

  test('when its body is not signed, unless a signed field says so, which policies see', async () => {
    const { seen, ask } = scene();
    const bare = await pair.signed(({ headers }) => headers.delete('content-digest'));
    assert.equal((await ask(bare, 'body')).status, 401);
    const flagged = await pair.signed(({ headers }) => {
      headers.delete('content-digest');
      headers.set('x-weft-digest', 'none');
    });
    assert.equal((await ask(flagged, 'body')).status, 200);
    assert.deepEqual([seen[0]?.body, seen[0]?.head.headers.get('x-weft-digest')], ['body', 'none']);
  });

  test('for a port where no peer comes in', async () => {
    const { ask } = scene();
    const message = await pair.signed(({ headers }) =>
      headers.set('x-weft-server-name', 'outbound_.80_._.other'),
    );
    assert.equal((await ask(message, 'body')).status, 403);
  });

  test('when its head cannot be read in one way', async () => {
    const { ask } = scene();
    const message = await pair.signed();
    assert.equal((await ask(Object.assign(message, { path: 'no-path' }), 'body')).status, 400);
  });

  test('as gRPC understands it', async () => {
    const { ask } = scene();
    const message = await pair.signed(({ headers }) => headers.set('content-type', 'application/grpc'));
    message.headers.delete('signature');
    const response = await ask(message, 'body');
    assert.deepEqual([response.status, response.headers.get('grpc-status')], [200, '16']);
  });
});

test('the log says who was refused and why, but not that somebody came without a signature', async () => {
  const { log, ask } = scene();
  const message = await pair.signed();
  await ask(message, 'body');
  await ask(message, 'body');
  message.headers.delete('signature');
  await ask(message, 'body');
  assert.deepEqual(log.events, ['warn signed request refused']);
});
