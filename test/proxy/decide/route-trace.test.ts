import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileRoute } from '../../../src/proxy/decide/compiled-route.ts';
import type { Evidence } from '../../../src/proxy/decide/evidence.ts';
import { traceRoutes } from '../../../src/proxy/decide/route-trace.ts';
import type { TraceEntry } from '../../../src/proxy/decide/trace.ts';
import type { RouteMatch } from '../../../src/snapshot/route.ts';
import { buildConnection, buildRequest } from '../../support/snapshot.ts';

function trace(matches: readonly RouteMatch[], chosenAt: number | undefined, brief = false): string[] {
  const routes = matches.map((match, i) =>
    compileRoute(
      { name: `r${i}`, source: '', matches: [match], action: { kind: 'direct', status: 200, body: '' } },
      new Map(),
    ),
  );
  const request = buildRequest('h.test/a/b', [['x-a', '1']]);
  const connection = buildConnection('outbound');
  const evidence = {
    direction: 'outbound',
    request,
    connection,
    edits: [],
    responseEdits: [],
  } as unknown as Evidence;
  const entries: TraceEntry[] = [];
  traceRoutes(routes, chosenAt === undefined ? undefined : routes[chosenAt], evidence, {
    brief,
    add: (one) => entries.push(one),
  });
  return entries.map(({ verdict, text }) => `${verdict} ${text}`);
}

const exact = (value: string): RouteMatch => ({ path: { kind: 'exact', value } });
const header = (value: string): RouteMatch => ({
  headers: [{ name: 'x-a', match: { kind: 'exact', value } }],
});

describe('the trace of routes', () => {
  test('tells every route before the chosen one with why, and those after it that match too', () => {
    assert.deepEqual(trace([exact('/x'), exact('/a/b'), exact('/y'), header('1'), {}], 1), [
      'miss route r0: path is "/a/b", wants exact "/x"',
      'match route r1 matches',
      'skip route r3 matches too, but comes after it',
      'skip route r4 matches too, but comes after it',
    ]);
  });

  test('tells of many only those that miss by least, in their order', () => {
    const far = Array.from({ length: 40 }, (_, i) => exact(`/far${i}`));
    const near: RouteMatch = { ...header('1'), ...exact('/near'), method: { kind: 'exact', value: 'GET' } };
    const told = trace([...far, near, ...far, {}], 81);
    assert.equal(told.length, 10);
    assert.ok(told.includes('miss route r40: path is "/a/b", wants exact "/near"'));
    assert.equal(told.at(-2), 'miss 73 further routes before it miss by as much or more');
    assert.equal(told.at(-1), 'match route r81 matches');
  });

  test('that is brief tells the chosen one alone', () => {
    assert.deepEqual(trace([exact('/x'), exact('/a/b'), {}], 1, true), ['match route r1 matches']);
    assert.deepEqual(trace([exact('/x')], undefined, true), []);
  });

  test('tells at most three of those after it, and all where none is chosen', () => {
    assert.equal(trace([{}, {}, {}, {}, {}, {}], 0).length, 4);
    assert.equal(trace([exact('/x'), exact('/y')], undefined).length, 2);
  });
});
