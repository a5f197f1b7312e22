import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const unknownHost = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v}
spec:
  hosts: [reviews]
  http:
    - route:
        - destination: {host: review}
---
{apiVersion: v1, kind: Service, metadata: {name: reviews}, spec: {ports: [{port: 80, name: http}]}}
`;

/** `weft analyze -f -` on a text. */
function analyze(input: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'analyze', '-f', '-', ...args], {
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('weft analyze', () => {
  test('shows the line, what was meant, and ends with 79', () => {
    const { status, stderr } = analyze(unknownHost);
    assert.equal(status, 79, stderr);
    assert.match(stderr, /stdin:8:31 +error +IST0101 +Referenced host not found/);
    assert.match(stderr, /> 8 \| +- destination: \{host: review\}\n +\| {31}\^/);
    assert.match(stderr, /did you mean reviews\.default\.svc\.cluster\.local\?/);
  });

  test('ends with 0 when the findings are suppressed', () => {
    const { status, stdout } = analyze(unknownHost, '-S', 'IST0101=VirtualService default/*');
    assert.equal(status, 0);
    assert.match(stdout, /✔ 2 resources in 1 files are valid/);
  });

  test('takes the namespace, the form and the threshold', () => {
    const { status, stdout } = analyze(
      unknownHost,
      '-n',
      'shop',
      '-o',
      'json',
      '--output-threshold',
      'error',
    );
    assert.equal(status, 79);
    assert.deepEqual(
      JSON.parse(stdout).map(({ code, origin }: Readonly<Record<string, string>>) => `${code} ${origin}`),
      ['IST0101 VirtualService shop/v'],
    );
    assert.equal(analyze('', '--failure-threshold', 'warn').status, 64);
    assert.equal(analyze('', '--target', 'php').status, 64);
  });

  test('names what a refused resource has wrong, and still knows its names', () => {
    const { status, stderr } = analyze(unknownHost.replace('host: review}', 'host: reviews, subst: v1}'));
    assert.equal(status, 79);
    assert.match(stderr, /WFT0103 .*did you mean "subset"\?/);
    assert.doesNotMatch(stderr, /IST0101/);
  });
});
