import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { labelPairs } from '../../../src/config/compile/labels.ts';
import { resourceSet } from '../../../src/config/compile/resource-set.ts';
import { servicesOf } from '../../../src/config/compile/selecting-services.ts';
import { type RegistryService, serviceRegistry } from '../../../src/config/compile/service-registry.ts';
import { parseResources } from '../../../src/config/parse.ts';

/** One host that somebody declares. */
interface Declared {
  readonly kind: 'Service' | 'ServiceEntry';
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
}

const NAMESPACES = ['a', 'b', 'c'];
const label = fc.dictionary(fc.constantFrom('app', 'version'), fc.constantFrom('1', '2'));
const service = fc
  .record({ name: fc.constantFrom('x', 'y'), namespace: fc.constantFrom(...NAMESPACES), labels: label })
  .map((one): Declared => {
    return { ...one, kind: 'Service', host: `${one.name}.${one.namespace}.svc.cluster.local` };
  });
const entry = fc
  .record({
    name: fc.constantFrom('e', 'f', 'g'),
    namespace: fc.constantFrom(...NAMESPACES),
    host: fc.constantFrom(
      'x.com',
      '*.x.com',
      'X.a.svc.cluster.local',
      'y.b.svc.cluster.local',
      'z.a.svc.cluster.local',
    ),
    labels: label,
  })
  .map((one): Declared => ({ ...one, kind: 'ServiceEntry' }));
const mesh = fc.array(fc.oneof(service, entry), { maxLength: 14 });

describe('the registry of services', () => {
  test('finds by host what a look at all of them finds, oldest first and one of each namespace', () => {
    fc.assert(
      fc.property(mesh, (declared) => {
        const registry = registryOf(declared);
        const counting = countingOf(declared);
        assert.deepEqual(registry.all.map(said), counting.map(named));
        for (const host of [...hostsOf(declared), 'none.a.svc.cluster.local', 'none.com']) {
          const same = counting.filter((one) => one.host.toLowerCase() === host);
          assert.deepEqual(registry.named(host.toUpperCase()).map(said), same.map(named));
          assert.equal(registry.find(host)?.host, same[0] && host);
        }
      }),
    );
  });

  test('knows those of a namespace: of several with one host only the oldest', () => {
    fc.assert(
      fc.property(mesh, (declared) => {
        const counting = countingOf(declared);
        const oldest = counting.filter((one) => counting.find((other) => sameHost(one, other)) === one);
        const registry = registryOf(declared);
        assert.deepEqual(registry.services.map(said), oldest.map(named));
        for (const namespace of NAMESPACES) {
          const own = oldest.filter((one) => one.namespace === namespace);
          assert.deepEqual(registry.in(namespace).map(said), own.map(named));
        }
      }),
    );
  });

  test('tells every ServiceEntry that declares a host, those that do not count included', () => {
    fc.assert(
      fc.property(mesh, (declared) => {
        const registry = registryOf(declared);
        const services = countingOf(declared).filter(({ kind }) => kind === 'Service');
        const all = [...services, ...declared.filter(({ kind }) => kind === 'ServiceEntry')];
        for (const host of hostsOf(declared)) {
          const same = all.filter((one) => one.host.toLowerCase() === host);
          assert.deepEqual(registry.declared(host).map(said), same.map(named));
        }
      }),
    );
  });

  test('finds the services that a workload is behind, oldest first', () => {
    fc.assert(
      fc.property(mesh, label, (declared, labels) => {
        const registry = registryOf(declared);
        const pairs = labelPairs(new Map(Object.entries(labels)));
        const behind = registry
          .in('a')
          .filter(({ behind }) =>
            behind.some((selector) => [...selector].every(([key, value]) => labels[key] === value)),
          );
        assert.deepEqual(servicesOf({ namespace: 'a', labels: pairs }, registry), behind);
      }),
    );
  });

  test('of a namespace in capitals finds its services too: hosts are lower-case', () => {
    const written = { kind: 'Service', name: 'x', namespace: 'A', host: '', labels: {} } as const;
    assert.equal(registryOf([written]).find('x.a.svc.cluster.local')?.namespace, 'A');
  });
});

/** A Service before others; the first of its host and namespace. */
function countingOf(declared: readonly Declared[]): Declared[] {
  const ordered = [
    ...declared.filter(({ kind }) => kind === 'Service'),
    ...declared.filter(({ kind }) => kind === 'ServiceEntry'),
  ];
  return ordered.filter(
    (one) => ordered.find((other) => sameHost(one, other) && other.namespace === one.namespace) === one,
  );
}

function sameHost(one: Declared, other: Declared): boolean {
  return one.host.toLowerCase() === other.host.toLowerCase();
}

function hostsOf(declared: readonly Declared[]): string[] {
  return [...new Set(declared.map(({ host }) => host.toLowerCase()))];
}

function named({ kind, namespace, name }: Declared): string {
  return `${kind} ${namespace}/${name}`;
}

function said({ resource }: RegistryService): string {
  return `${resource.kind} ${resource.namespace}/${resource.name}`;
}

function registryOf(declared: readonly Declared[]) {
  const { resources, refused } = parseResources(declared.map(textOf).join('---\n'), 'mesh.yaml');
  return serviceRegistry(resourceSet([...resources, ...refused]));
}

function textOf({ kind, namespace, name, host, labels }: Declared): string {
  const text = JSON.stringify(labels);
  const metadata = `metadata: {name: ${name}, namespace: ${namespace}}`;
  return kind === 'Service'
    ? `{apiVersion: v1, kind: Service, ${metadata}, spec: {selector: ${text}, ports: [{port: 80}]}}\n`
    : `{apiVersion: networking.istio.io/v1, kind: ServiceEntry, ${metadata}, spec: {hosts: ["${host}"], location: MESH_INTERNAL, resolution: STATIC,
        ports: [{number: 80, name: http}], endpoints: [{address: 10.0.0.1, labels: ${text}}]}}\n`;
}
