import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { applyEdits } from '../../../src/proxy/decide/apply-edits.ts';
import type { Forward } from '../../../src/proxy/decide/decision.ts';
import { withHopHeaders } from '../../../src/proxy/telemetry/hop-headers.ts';
import { parseB3, parseTraceparent, readTrace } from '../../../src/proxy/telemetry/trace-context.ts';
import { tracingOf } from '../../../src/proxy/telemetry/tracing.ts';
import { buildRequest, fixedInputs } from '../../support/snapshot.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
/** What `fixedInputs` draws. */
const OWN = '0001020304050607';
const NEW_TRACE = '000102030405060708090a0b0c0d0e0f';

const forward: Forward = {
  kind: 'forward',
  cluster: 'c',
  route: '',
  requestEdits: [],
  responseEdits: [],
  timeoutMs: 0,
  retry: undefined,
};

/** The headers that the next hop gets. */
function sentOn(headers: readonly (readonly [string, string])[], samplingPercent?: number, draw = 0) {
  const request = buildRequest('a/', [['x-request-id', 'id'], ...headers]);
  const tracing = samplingPercent === undefined ? undefined : { samplingPercent };
  const decision = withHopHeaders(forward, request, tracing, fixedInputs(draw));
  const sent = Object.fromEntries(applyEdits(request, decision.requestEdits).headers);
  delete sent['x-request-id'];
  return sent;
}

describe('traceparent', () => {
  const rows: readonly [string, string, boolean][] = [
    ['version 00', `00-${TRACE}-${SPAN}-01`, true],
    ['a later version that says more', `cc-${TRACE}-${SPAN}-01-what-the-future`, true],
    ['a later version that says no more', `cc-${TRACE}-${SPAN}-01`, true],
    ['version 00 that says more', `00-${TRACE}-${SPAN}-01-x`, false],
    ['version ff', `ff-${TRACE}-${SPAN}-01`, false],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`, false],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`, false],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`, false],
    ['two lines', `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`, false],
    ['a later version without a dash', `cc-${TRACE}-${SPAN}-01.x`, false],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`, false],
  ];
  for (const [name, text, valid] of rows) {
    test(`${name} is ${valid ? 'read' : 'as good as absent'}`, () => {
      assert.equal(parseTraceparent(text) !== undefined, valid);
    });
  }

  test('the last bit of the flags says whether it is sampled', () => {
    const sampled = ['00', '01', '02', '03', 'ff'].map(
      (flags) => parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`)?.sampled,
    );
    assert.deepEqual(sampled, [false, true, false, true, true]);
  });
});

describe('b3', () => {
  test('a trace of 64 bits is padded', () => {
    assert.equal(parseB3(`${SPAN}-${SPAN}`)?.traceId, `${'0'.repeat(16)}${SPAN}`);
  });
  const rows: readonly [string, boolean | undefined][] = [
    [`${TRACE}-${SPAN}`, undefined],
    [`${TRACE}-${SPAN}-0`, false],
    [`${TRACE}-${SPAN}-1-${SPAN}`, true],
    [`${TRACE}-${SPAN}-d`, true],
  ];
  for (const [text, sampled] of rows) {
    test(`${text.slice(32)} is sampled: ${sampled}`, () => assert.equal(parseB3(text)?.sampled, sampled));
  }

  test('nothing that a client sends makes reading throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const names = ['traceparent', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled'];
        readTrace(
          buildRequest(
            'a/',
            names.map((name, i) => [name, i % 2 ? a : b]),
          ).headers,
        );
      }),
    );
  });
});

describe('with tracing off', () => {
  test('contexts pass untouched, and none is begun', () => {
    const headers = { traceparent: 'nonsense', tracestate: 'a=1', b3: '0' };
    assert.deepEqual(sentOn(Object.entries(headers)), headers);
    assert.deepEqual(sentOn([]), {});
  });

  test('the decision is the very same object', () => {
    const request = buildRequest('a/', [['x-request-id', 'id']]);
    assert.equal(withHopHeaders(forward, request, undefined, fixedInputs()), forward);
  });
});

describe('with tracing on', () => {
  test('a trace begins as W3C and as B3', () => {
    assert.deepEqual(sentOn([], 100), {
      traceparent: `00-${NEW_TRACE}-${OWN}-01`,
      'x-b3-traceid': NEW_TRACE,
      'x-b3-spanid': OWN,
      'x-b3-sampled': '1',
    });
  });

  test('the rate decides on a trace that begins, and on nothing else', () => {
    assert.equal(sentOn([], 1, 0.009)['x-b3-sampled'], '1');
    assert.equal(sentOn([], 1, 0.011)['x-b3-sampled'], '0');
    assert.equal(sentOn([['traceparent', `00-${TRACE}-${SPAN}-01`]], 0).traceparent, `00-${TRACE}-${OWN}-01`);
    assert.equal(
      sentOn([['traceparent', `00-${TRACE}-${SPAN}-00`]], 100).traceparent,
      `00-${TRACE}-${OWN}-00`,
    );
    assert.equal(sentOn([['b3', '0']], 100)['x-b3-sampled'], '0');
  });

  test('W3C goes on as W3C, with its state and our span', () => {
    assert.deepEqual(
      sentOn(
        [
          ['traceparent', `00-${TRACE}-${SPAN}-01`],
          ['tracestate', 'a=1'],
        ],
        0,
      ),
      {
        traceparent: `00-${TRACE}-${OWN}-01`,
        tracestate: 'a=1',
      },
    );
  });

  test("B3's several headers name the span that came as the parent", () => {
    const sent = sentOn(
      [
        ['x-b3-traceid', TRACE],
        ['x-b3-spanid', SPAN],
        ['x-b3-sampled', '0'],
      ],
      100,
    );
    assert.deepEqual(sent, {
      'x-b3-traceid': TRACE,
      'x-b3-spanid': OWN,
      'x-b3-parentspanid': SPAN,
      'x-b3-sampled': '0',
    });
  });

  test("B3's one header does too, and keeps the debug flag", () => {
    assert.deepEqual(sentOn([['b3', `${TRACE}-${SPAN}-d`]], 0), { b3: `${TRACE}-${OWN}-d-${SPAN}` });
  });

  test('the state of a broken traceparent goes with it', () => {
    const sent = sentOn(
      [
        ['traceparent', '00-0-0-0'],
        ['tracestate', 'a=1'],
      ],
      0,
    );
    assert.equal(sent.tracestate, undefined);
    assert.equal(sent.traceparent, `00-${NEW_TRACE}-${OWN}-00`);
  });
});

describe('x-request-id', () => {
  const idOf = (headers: readonly (readonly [string, string])[], decision: Forward = forward) => {
    const request = buildRequest('a/', headers);
    const edits = withHopHeaders(decision, request, undefined, fixedInputs()).requestEdits;
    return applyEdits(request, edits).headers.getAll('x-request-id');
  };

  test('is kept', () => assert.deepEqual(idOf([['x-request-id', 'mine']]), ['mine']));
  test('is made where there is none', () => {
    assert.match(idOf([])[0] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
  test('of the gateway stands', () => {
    const edged: Forward = {
      ...forward,
      requestEdits: [{ kind: 'set', name: 'x-request-id', value: 'edge' }],
    };
    assert.deepEqual(idOf([], edged), ['edge']);
  });
});

test('the sampling rate is a percentage or unset', () => {
  assert.equal(tracingOf(undefined), undefined);
  assert.equal(tracingOf(''), undefined);
  assert.deepEqual(tracingOf('0.5'), { samplingPercent: 0.5 });
  for (const text of ['101', '-1', '1e1', 'yes']) assert.throws(() => tracingOf(text), /percentage/);
});
