import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type Compiled, compile } from '../../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { targetsOf } from '../../../src/config/compile/targets.ts';
import { parseResources } from '../../../src/config/parse.ts';
import type { Resource } from '../../../src/config/resource/resource.ts';
import { type Target, targetName } from '../../../src/snapshot/target.ts';

const golden = new URL('../../golden/', import.meta.url);
const world = readFileSync(new URL('world.yaml', golden), 'utf8');

type Show = (compiled: Compiled, port: number | undefined) => unknown;

/** What a case's folder shows of the compiled target: the noun under test and nothing else. */
const nouns: ReadonlyMap<string, Show> = new Map<string, Show>([
  [
    'inbound',
    ({ snapshot }) =>
      snapshot.inbound.map(({ port, servicePorts, protocol, cluster }) => ({
        port,
        servicePorts,
        protocol,
        cluster,
      })),
  ],
  [
    'mtls',
    ({ snapshot }) => snapshot.inbound.map(({ port, mtls, mtlsSource }) => ({ port, mtls, mtlsSource })),
  ],
  [
    'virtual-host',
    ({ snapshot }) =>
      snapshot.outbound.map(({ port, virtualHosts }) => ({
        port,
        virtualHosts: virtualHosts.map(({ name, domains }) => ({ name, domains })),
      })),
  ],
  [
    'route',
    ({ snapshot }) =>
      snapshot.outbound.flatMap(({ virtualHosts }) =>
        virtualHosts.flatMap(({ routes }) => routes.filter(({ source }) => source !== '')),
      ),
  ],
  ['gateway', ({ snapshot }) => snapshot.gateway?.virtualHosts],
  ['gateway-server', ({ snapshot }) => snapshot.gateway?.servers],
  ['cluster', ({ snapshot }) => snapshot.clusters.filter(({ name }) => name.startsWith('outbound'))],
  [
    'policy',
    ({ snapshot }, port) =>
      (snapshot.inbound.find((listener) => !port || listener.port === port) ?? snapshot.gateway)?.policies,
  ],
  [
    'jwt-rule',
    ({ snapshot }) =>
      (snapshot.gateway ?? snapshot.inbound.find(({ protocol }) => protocol === 'http'))?.jwtRules,
  ],
  [
    'rate-limit',
    ({ snapshot }) =>
      (snapshot.gateway ?? snapshot.inbound.find(({ protocol }) => protocol === 'http'))?.limits,
  ],
  ['virtual-address', ({ snapshot }) => snapshot.virtualAddresses],
  ['diagnostic', () => undefined],
]);

for (const file of globSync('*/*.in.yaml', { cwd: fileURLToPath(golden) }).sort()) {
  const noun = dirname(file);
  test(`${noun}: ${basename(file, '.in.yaml').replaceAll('-', ' ')}`, () => {
    const text = readFileSync(new URL(file, golden), 'utf8');
    const output = stringify(result(noun, text), { lineWidth: 110, aliasDuplicateObjects: false });
    const expected = new URL(file.replace('.in.yaml', '.out.yaml'), golden);
    if (process.env.WEFT_GOLDEN === 'write') writeFileSync(expected, output);
    assert.equal(output, readFileSync(expected, 'utf8'));
  });
}

function result(noun: string, text: string): unknown {
  const resources = [...parsed(world, 'world.yaml'), ...parsed(text, 'case.yaml')];
  if (noun === 'target') return targetsOf(resources);
  const port = /^# port: (\d+)$/m.exec(text)?.[1];
  const compiled = compile(
    resources,
    targetNamed(/^# target: (\S+)$/m.exec(text)?.[1], resources),
    meshSettings,
  );
  const shown = nouns.get(noun);
  assert.ok(shown, `there is no noun ${noun}`);
  const { diagnostics } = compiled;
  return {
    [noun]: shown(compiled, port ? Number(port) : undefined),
    ...(diagnostics.length > 0 && { diagnostics }),
  };
}

function parsed(text: string, file: string): readonly Resource[] {
  const { resources, diagnostics } = parseResources(text, file);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  return resources;
}

/** `gateway`, or a target's name such as `sidecar/default/reviews-v1`. */
function targetNamed(name: string | undefined, resources: readonly Resource[]): Target {
  const found = targetsOf(resources).find((target) => target.kind === name || targetName(target) === name);
  assert.ok(found, `the case names no target: ${name}`);
  return found;
}
