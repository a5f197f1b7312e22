import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge } from '../../bench/bound.ts';
import { contenders } from '../../bench/contender.ts';
import type { Row } from '../../bench/harness.ts';

function row(name: string, median: number, ratio: number | null = null): Row {
  const peer = ratio === null ? null : 'plain/haproxy';
  return { name, metric: 'time', unit: 'µs', median, min: median, max: median, peer, ratio };
}

describe('the verdict on a row', () => {
  const cases: [Row, string | null, string | null][] = [
    [row('plain/bun', 20, 1.5), '≤ 1.5, 1.8', 'pass'],
    [row('plain/bun', 20, 1.6), '≤ 1.5, 1.8', 'between'],
    [row('plain/bun', 20, 1.81), '≤ 1.5, 1.8', 'fail'],
    [row('plain/bun', 20), null, null],
    [row('plain/haproxy', 14), null, null],
    [row('tunnel/tcp/deno', 700, 0.71), '≥ 0.7', 'pass'],
    [row('tunnel/tcp/deno', 700, 0.69), '≥ 0.7', 'fail'],
    [row('idle/node', 12), '≤ 12', 'pass'],
    [row('idle/node', 12.1), '≤ 12', 'fail'],
    [row('idle-mtls/node', 60), null, null],
    [row('handshake/deno', 900, 1.2), '≤ 1.1, 1.4', 'between'],
  ];
  for (const [given, bound, verdict] of cases) {
    test(`${given.name} of ${given.median}, ratio ${given.ratio}: ${verdict ?? 'none'}`, () => {
      const [judged] = judge([given]);
      assert.deepEqual([judged?.bound, judged?.verdict], [bound, verdict]);
    });
  }

  test('on a peer asks that it costs more than ours on the same runtime', () => {
    const rows = [
      row('plain/bun', 20),
      row('plain/node', 30),
      row('plain/serve-bun', 21),
      row('plain/fastify', 30),
    ];
    const verdicts = judge(rows).map(({ bound, verdict }) => [bound, verdict]);
    assert.deepEqual(verdicts.slice(2), [
      ['> bun', 'pass'],
      ['> node', 'fail'],
    ]);
  });

  test('on a peer without a runtime asks for all of ours that were measured', () => {
    const rows = [row('mtls/bun', 20), row('mtls/deno', 40), row('mtls/caddy', 39)];
    assert.deepEqual(judge(rows)[2]?.bound, '> bun, deno');
    assert.deepEqual(judge(rows)[2]?.verdict, 'fail');
  });

  test('is none for a peer where ours were not measured', () => {
    assert.equal(judge([row('plain/caddy', 60)])[0]?.verdict, null);
  });

  test('exists for every peer that is neither native nor a floor', () => {
    for (const { name, kind } of contenders.filter(
      (one) => one.kind === 'script' && !one.name.startsWith('relay'),
    )) {
      const ours = ['bun', 'deno', 'node'].map((runtime) => row(`plain/${runtime}`, 1));
      assert.equal(judge([...ours, row(`plain/${name}`, 2)])[3]?.verdict, 'pass', `${name}, ${kind}`);
    }
  });
});
