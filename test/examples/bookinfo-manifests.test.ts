import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';

const folder = new URL('../../examples/bookinfo/', import.meta.url);
const files = ['services.yaml', 'gateway.yaml', 'routing.yaml', 'security.yaml'];
const resources = files.flatMap((file) =>
  parseAllDocuments(readFileSync(new URL(file, folder), 'utf8')).map((document) => {
    assert.deepEqual(document.errors, [], file);
    return document.toJS();
  }),
);
const ofKind = (kind: string) => resources.filter((resource) => resource.kind === kind);
const names = (kind: string) => ofKind(kind).map((resource) => resource.metadata.name);
const deployments = ofKind('Deployment').map(({ spec }) => spec.template);

test('each deployment starts the application and the version that its labels name', () => {
  assert.equal(deployments.length, 6);
  for (const { metadata, spec } of deployments) {
    const { app, version } = metadata.labels;
    assert.ok(existsSync(new URL(`services/${app}.ts`, folder)));
    assert.match(version, /^v[123]$/);
    assert.equal(spec.serviceAccountName, `bookinfo-${app}`);
    assert.ok(names('ServiceAccount').includes(spec.serviceAccountName));
    assert.ok(names('Service').includes(app));
  }
});

test('both runtimes run at least two applications and at least two sidecars', () => {
  for (const key of ['weft.dev/runtime', 'weft.dev/sidecar-runtime']) {
    const used: string[] = deployments.map(({ metadata }) => metadata.annotations[key]);
    for (const runtime of ['deno', 'bun']) assert.ok(used.filter((one) => one === runtime).length >= 2, key);
  }
});

test('each subset has instances, and each route leads to a service and one of its subsets', () => {
  const subsets = new Set<string>();
  for (const { spec } of ofKind('DestinationRule')) {
    for (const { name, labels } of spec.subsets) {
      subsets.add(`${spec.host}/${name}`);
      const chosen = deployments.filter(({ metadata }) => metadata.labels.version === labels.version);
      assert.ok(
        chosen.some(({ metadata }) => metadata.labels.app === spec.host),
        `${spec.host}/${name}`,
      );
    }
  }
  const rules = ofKind('VirtualService').flatMap(({ spec }) => spec.http);
  const routes = rules.flatMap(({ route }) => route);
  for (const { destination } of routes) {
    assert.ok(names('Service').includes(destination.host));
    if (destination.subset) assert.ok(subsets.has(`${destination.host}/${destination.subset}`));
  }
});

test('each policy selects an application, and each principal is somebody', () => {
  for (const { spec } of [...ofKind('AuthorizationPolicy'), ...ofKind('PeerAuthentication')]) {
    const app = spec.selector?.matchLabels.app;
    if (app !== undefined) assert.ok(names('Service').includes(app), app);
    for (const { source } of (spec.rules ?? []).flatMap((rule: { from?: unknown[] }) => rule.from ?? [])) {
      for (const principal of source.principals) {
        const account = /^cluster\.local\/ns\/default\/sa\/(.+)$/.exec(principal)?.[1];
        assert.ok(names('ServiceAccount').includes(account), principal);
      }
    }
  }
});
