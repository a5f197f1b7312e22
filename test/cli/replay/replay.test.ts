import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { differenceReport } from '../../../cli/compare/difference-report.ts';
import type { Side } from '../../../cli/compare/side.ts';
import { type BarStream, ProgressBar } from '../../../cli/replay/progress-bar.ts';
import { readRecording } from '../../../cli/replay/recording.ts';
import { Replay, unseenHeaders } from '../../../cli/replay/replay.ts';
import { Judge } from '../../../src/proxy/compare/judge.ts';
import { MeshPath } from '../../../src/proxy/explain/mesh-path.ts';
import { deployment, edgeGateway, questionMesh, workload } from '../../support/question-mesh.ts';

const routes = (rest: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop }
spec:
  hosts: [shop.test]
  gateways: [edge]
  http:
    - match: [{ uri: { prefix: /old } }]
      route: [{ destination: { host: a } }]
${rest}
`;
const base = [workload('a'), deployment('a', 'v2'), workload('b'), edgeGateway];

function side(name: string, rest: string): Side {
  const view = questionMesh([...base, routes(rest)].join('---\n'));
  return { name, view, judge: new Judge(new MeshPath(view.snapshots.values())) };
}

const toB = '    - route: [{ destination: { host: b } }]';
const toA = '    - route: [{ destination: { host: a } }]';
const onHeader =
  '    - { match: [{ headers: { x-team: { exact: red } } }], route: [{ destination: { host: a } }] }\n';

const folder = mkdtempSync(join(tmpdir(), 'weft-replay-'));
after(() => rmSync(folder, { recursive: true }));

const line = (method: string, path: string, more = {}) =>
  JSON.stringify({
    method,
    path,
    authority: 'shop.test',
    downstream_remote_address: '10.0.0.1',
    user_agent: 'x',
    ...more,
  });

async function replay(text: string, sides: readonly [Side, Side], name = 'access.log') {
  const file = join(folder, name);
  writeFileSync(file, text);
  const run = new Replay(name, sides, {});
  let bytes = 0;
  for await (const items of readRecording(file, (length) => (bytes += length)))
    for (const item of items) run.add(item);
  assert.equal(bytes, Buffer.byteLength(text));
  return run.count;
}

describe('weft replay', () => {
  test('counts what differs, by what it has in common, with examples', async () => {
    const sides = [side('old', toB), side('new', toA)] as const;
    const { differences } = await replay(
      [
        line('GET', '/old/1'),
        line('GET', '/1'),
        line('GET', '/2'),
        line('GET', '/1'),
        line('POST', '/3'),
      ].join('\n'),
      sides,
    );
    assert.deepEqual([differences.compared, differences.differing], [5, 4]);
    const [group, ...more] = differences.groups;
    assert.equal(more.length, 0);
    assert.equal(group?.change, 'change');
    assert.deepEqual(
      group?.examples.map(({ where, request }) => `${where} ${request}`),
      [
        'access.log:2 GET http://shop.test/1',
        'access.log:3 GET http://shop.test/2',
        'access.log:4 GET http://shop.test/1',
      ],
    );
    const report = differenceReport(differences, sides, 'request');
    assert.match(report, /^5 requests compared, old with new: 4 differ \(80 %\)/);
    assert.match(report, /destination: b\.default:80 → a\.default:80/);
    assert.match(report, /by VirtualService\/default\/shop\/http\/1 \(mesh\.yaml:\d+\)/);
  });

  test('tells regressions and repairs apart', async () => {
    const { differences } = await replay(`${line('GET', '/1')}\n${line('GET', '/old')}`, [
      side('old', toB),
      side('new', ''),
    ]);
    assert.equal(differences.count('regression'), 1);
    assert.match(differences.groups[0]?.differences[0]?.after ?? '', /^404 \(route_not_found\) at gateway/);
    const back = await replay(line('GET', '/1'), [side('old', ''), side('new', toB)]);
    assert.deepEqual([back.differences.count('repair'), back.differences.count('regression')], [1, 0]);
  });

  test('goes on after malformed lines and says where they are', async () => {
    const text = [
      'garbage',
      line('GET', '/1'),
      '',
      '{"method":"GET"}',
      JSON.stringify({ method: null }),
    ].join('\r\n');
    const { differences, malformed, others, samples } = await replay(text, [
      side('old', toB),
      side('new', toB),
    ]);
    assert.deepEqual([differences.compared, differences.differing, malformed, others], [1, 0, 2, 1]);
    assert.deepEqual(
      samples.map(({ number }) => number),
      [1, 4],
    );
  });

  test('reads a HAR with its headers', async () => {
    const entry = (team: string) => ({
      request: { method: 'GET', url: 'http://shop.test/x', headers: [{ name: 'X-Team', value: team }] },
    });
    const har = JSON.stringify({ log: { version: '1.2', entries: [entry('red'), entry('blue')] } }, null, 2);
    const { differences } = await replay(har, [side('old', toB), side('new', onHeader + toB)], 'a.har');
    assert.deepEqual([differences.compared, differences.differing], [2, 1]);
    assert.equal(differences.groups[0]?.examples[0]?.where, 'a.har:1');
  });

  test('says which headers a log cannot show', () => {
    assert.deepEqual(unseenHeaders([side('old', toB), side('new', onHeader + toB)]), ['x-team']);
  });

  test('holds a bounded number of groups and a bounded line', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => line('GET', `/${i}`)).join('\n');
    const { differences } = await replay(`${many}\n${'x'.repeat(3 * 1024 * 1024)}`, [
      side('old', toB),
      side('new', toA),
    ]);
    assert.equal(differences.groups.length, 1);
    assert.equal(differences.groups[0]?.count, 3000);
  });
});

describe('the progress bar', () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    const target: BarStream = { isTTY, columns: 60, write: (text: string) => written.push(text) };
    return { target, written };
  };

  test('is drawn on a terminal, not too often, and taken away', () => {
    const { target, written } = stream(true);
    let now = 0;
    const bar = new ProgressBar(200, target, () => now);
    bar.update(100, '5 requests');
    bar.update(150, '6 requests');
    now = 200;
    bar.update(200, '7 requests');
    bar.clear();
    assert.equal(written.length, 3);
    assert.match(written[0] ?? '', /█{12}░{12}\] 50 % {2}5 requests$/);
    assert.match(written[1] ?? '', /100 % {2}7 requests$/);
    assert.equal(written[2], '\r\u001b[2K');
  });

  test('draws nothing elsewhere', () => {
    const { target, written } = stream(false);
    const bar = new ProgressBar(1, target);
    bar.update(1, 'x');
    bar.clear();
    assert.deepEqual(written, []);
  });
});
