import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { compileMesh } from '../../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { parseResources } from '../../../src/config/parse.ts';
import { parseOutboundName } from '../../../src/http/outbound-name.ts';
import { activate } from '../../../src/proxy/activate.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const golden = new URL('../../golden/', import.meta.url);
const world = parseResources(readFileSync(new URL('world.yaml', golden), 'utf8'), 'world.yaml').resources;
const cases = globSync('*/*.in.yaml', { cwd: fileURLToPath(golden) })
  .sort()
  .map((file) => parseResources(readFileSync(new URL(file, golden), 'utf8'), file).resources);

/** Resources of one case differ in order only where age decides, so that cases are shuffled against the world. */
const shuffledWorld = fc.shuffledSubarray([...world], { minLength: world.length, maxLength: world.length });

describe('compileMesh', () => {
  test('gives the same snapshots whatever the order of resources that have nothing to do with each other', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), shuffledWorld, fc.boolean(), (own, others, first) => {
        const shuffled = first ? [...own, ...others] : [...others, ...own];
        const { snapshots, sources } = compileMesh(shuffled, meshSettings);
        const expected = compileMesh([...world, ...own], meshSettings);
        assert.equal(JSON.stringify(snapshots), JSON.stringify(expected.snapshots));
        assert.deepEqual(sources, expected.sources);
      }),
      { numRuns: propertyRuns(150) },
    );
  });

  test('gives snapshots that a proxy can activate, and names only clusters and sources that exist', () => {
    for (const own of cases) {
      const { snapshots, sources, diagnostics } = compileMesh([...world, ...own], meshSettings);
      const places = new Set(sources.map(([key]) => key));
      for (const snapshot of snapshots) {
        activate(snapshot);
        const names = new Set(snapshot.clusters.map(({ name }) => name));
        const hosts = [...snapshot.outbound, ...(snapshot.gateway ? [snapshot.gateway] : [])].flatMap(
          ({ virtualHosts }) => virtualHosts,
        );
        for (const { source, action } of hosts.flatMap(({ routes }) => routes)) {
          assert.ok(source === '' || places.has(source), source);
          const missing =
            action.kind === 'forward' && action.destinations.some(({ cluster }) => !names.has(cluster));
          assert.ok(
            !missing || diagnostics.length > 0 || source === '',
            `${source} names a cluster that is missing`,
          );
        }
        for (const { cluster } of snapshot.inbound) assert.ok(names.has(cluster), cluster);
      }
    }
  });

  test('names mesh servers as the receiving side reads them', () => {
    const snapshots = cases.flatMap((own) => compileMesh([...world, ...own], meshSettings).snapshots);
    const clusters = snapshots.flatMap((snapshot) => snapshot.clusters);
    assert.ok(clusters.some(({ subset }) => subset !== ''));
    for (const { tls, port, subset, service } of clusters) {
      if (tls.mode === 'mesh') assert.deepEqual(parseOutboundName(tls.sni), { port, subset, service });
    }
  });

  test('says a thing once, however many targets it concerns', () => {
    const text = readFileSync(new URL('diagnostic/destinations-that-do-not-exist.in.yaml', golden), 'utf8');
    const { diagnostics } = compileMesh(
      [...world, ...parseResources(text, 'a.yaml').resources],
      meshSettings,
    );
    assert.deepEqual(
      diagnostics.map(({ code, position }) => [code, position.line]),
      [
        ['IST0101', 9],
        ['IST0101', 11],
        ['IST0101', 15],
      ],
    );
  });
});
