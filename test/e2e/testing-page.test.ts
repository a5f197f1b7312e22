import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CommandResult, weft } from '../support/running-mesh.ts';

const page = readFileSync('docs/testing.md', 'utf8');
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);
const bookinfo = 'examples/bookinfo';
const v3 = 'examples/bookinfo/try/reviews-v3.yaml';
const recording = 'examples/bookinfo/tests/access.ndjson';

describe('the page about testing', () => {
  test('has its commands in blocks', () => assert.ok(commands.length >= 9, String(commands.length)));

  for (const command of commands)
    test(command, () => {
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.ok(stdout.trim().length > 0, 'it prints something');
    });

  test('shows a file of tests that can be read', async () => {
    const example = /^```yaml\n([\s\S]*?)^```/m.exec(page)?.[1] ?? assert.fail('no example');
    const { code, stderr } = await weft('test', '-f', bookinfo, inFolder('example.test.yaml', example));
    assert.equal(code, 0, stderr);
  });
});

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-testing-'));
});
after(() => rmSync(folder, { recursive: true }));

function inFolder(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('exit codes', () => {
  const wrong =
    'cases: [{ name: wrong, request: { url: "http://shop.example/" }, expect: { status: 200 } }]\n';
  const cases: readonly (readonly [what: string, code: number, stderr: RegExp, args: () => string[]])[] = [
    [
      'a case that fails',
      80,
      /1 of 1 cases failed/,
      () => ['test', '-f', bookinfo, inFolder('wrong.yaml', wrong)],
    ],
    [
      'too little coverage',
      80,
      /coverage is 71\.4 %, less than --fail-under 90/,
      () => ['test', '-f', bookinfo, 'examples/bookinfo/tests', '--fail-under', '90'],
    ],
    [
      'a mistake in a file of tests',
      65,
      /bad\.yaml:1:1 .*Required value[\s\S]*none was run/,
      () => ['test', '-f', bookinfo, inFolder('bad.yaml', 'foo: 1\n')],
    ],
    [
      'a mistake in the configuration',
      65,
      /the configuration has errors/,
      () => ['test', '-f', inFolder('c.yaml', 'kind: Nothing\n'), inFolder('w.yaml', wrong)],
    ],
    ['no tests', 64, /no file with cases/, () => ['test', '-f', bookinfo]],
    ['a share that is none', 64, /a number from 0 to 100/, () => ['test', '--fail-under', 'x']],
    [
      'a regression in a recording',
      81,
      /of 8 requests are served no more/,
      () => ['replay', recording, '--from', 'productpage-v1', '--old', bookinfo, '--new', withoutReviews()],
    ],
    [
      'any change in a recording, on demand',
      81,
      /6 of 8 requests differ/,
      () => [
        'replay',
        recording,
        '--from',
        'productpage-v1',
        '--old',
        bookinfo,
        '--new',
        bookinfo,
        '--new',
        v3,
        '--fail-on',
        'change',
      ],
    ],
    [
      'a recording without requests',
      65,
      /none of 1 lines tells of a request/,
      () => ['replay', inFolder('x.log', 'garbage\n'), '--old', bookinfo, '--new', bookinfo],
    ],
    [
      'a recording that is not there',
      65,
      /nothing\.log: no such file/,
      () => ['replay', 'nothing.log', '--old', bookinfo, '--new', bookinfo],
    ],
    ['a comparison with nothing', 64, /name a configuration/, () => ['diff']],
    [
      'a difference that regresses',
      81,
      /regress/,
      () => ['diff', '--old', bookinfo, '--new', withoutReviews(), '--fail-on', 'regression'],
    ],
    [
      'a curl option nobody knows',
      64,
      /option --foo is not understood/,
      () => ['explain', '-f', bookinfo, '--', 'curl', '--foo', 'http://a/'],
    ],
    [
      'a request in two ways',
      64,
      /write the request once/,
      () => ['explain', '-f', bookinfo, '--curl', 'curl http://a/', 'GET', 'http://a/'],
    ],
    [
      'a revision with files',
      64,
      /does not go with -f/,
      () => ['explain', '-f', bookinfo, '--at', '1', 'GET', 'http://a/'],
    ],
  ];
  for (const [what, code, stderr, args] of cases)
    test(`${what} is ${code}`, async () => {
      const result: CommandResult = await weft(...args());
      assert.equal(result.code, code, result.stdout + result.stderr);
      assert.match(result.stderr, stderr);
    });

  /** Bookinfo where reviews is answered by nobody. */
  function withoutReviews(): string {
    const texts = ['gateway', 'routing', 'security', 'services'].map((name) =>
      readFileSync(`${bookinfo}/${name}.yaml`, 'utf8'),
    );
    return inFolder(
      'without.yaml',
      `${texts.join('\n---\n').replaceAll('subset: v1', 'subset: v9').replaceAll('subset: v3', 'subset: v9')}`,
    );
  }
});

test('JSON of every command has its version and what the text says', async () => {
  const tested = JSON.parse(
    (await weft('test', '-f', bookinfo, 'examples/bookinfo/tests', '-o', 'json')).stdout,
  );
  assert.deepEqual([tested.apiVersion, tested.passed, tested.failed], ['cli.weft.dev/v1', 6, 0]);
  const sides = ['--old', bookinfo, '--new', bookinfo, '--new', v3, '-o', 'json'];
  const replayed = JSON.parse((await weft('replay', recording, '--from', 'productpage-v1', ...sides)).stdout);
  assert.deepEqual(
    [replayed.compared, replayed.differing, replayed.regressions, replayed.malformed],
    [8, 6, 0, 0],
  );
  assert.match(replayed.groups[0].routes.before.place.file, /routing\.yaml$/);
  const compared = JSON.parse((await weft('diff', ...sides)).stdout);
  assert.equal(compared.apiVersion, 'cli.weft.dev/v1');
  assert.ok(compared.differing > 0 && compared.gone.length === 0);
});
