import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { finding } from '../../../src/config/analyze/finding.ts';
import { type AnalysisRule, inventoryOf } from '../../../src/config/analyze/inventory.ts';
import { runRules } from '../../../src/config/analyze/run-rules.ts';
import { defaultMeshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { parseResources } from '../../../src/config/parse.ts';
import type { Resource } from '../../../src/config/resource/resource.ts';

const TEXT = ['Service a', 'Namespace n', 'Service b']
  .map((line) => line.split(' '))
  .map(([kind, name]) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n${specOf(kind)}`)
  .join('---\n');

const inventory = inventoryOf(parseResources(TEXT, 'mesh.yaml').resources, defaultMeshSettings);

describe('running rules', () => {
  test('gives findings in the order of the rules, within a rule in that of its kinds, what ends it last', () => {
    const visiting: AnalysisRule = () => ({
      Service: (service) => [say('visit', service)],
      Namespace: (namespace) => [say('visit', namespace)],
      end: () => [say('end', first())],
    });
    const whole: AnalysisRule = ({ all }) => all.map((resource) => say('whole', resource));
    assert.deepEqual(said([visiting, whole, visiting]), [
      ...['visit a', 'visit b', 'visit n', 'end a'],
      ...['whole a', 'whole n', 'whole b'],
      ...['visit a', 'visit b', 'visit n', 'end a'],
    ]);
  });

  test('shows a resource to every rule before the next resource to any', () => {
    const shown: string[] = [];
    const rule =
      (name: string): AnalysisRule =>
      () => ({
        Service: (service) => {
          shown.push(`${name} ${service.name}`);
          return [];
        },
      });
    assert.deepEqual(said([rule('one'), rule('other')]), []);
    assert.deepEqual(shown, ['one a', 'other a', 'one b', 'other b']);
  });

  test('walks the namespaces one after the other, in the order of the oldest resource of each', () => {
    const text = ['b x', 'a y', 'b z']
      .map((place) => place.split(' '))
      .flatMap(([namespace, name]) =>
        ['v1, kind: Service', 'apps/v1, kind: Deployment'].map(
          (kind) =>
            `{apiVersion: ${kind}, metadata: {name: ${name}, namespace: ${namespace}}, ${specIn(kind)}}\n`,
        ),
      )
      .join('---\n');
    const shown: string[] = [];
    const show = ({ kind, namespace, name }: Resource) => {
      shown.push(`${namespace} ${kind} ${name}`);
      return [];
    };
    const { resources } = parseResources(text, 'mesh.yaml');
    runRules([() => ({ Service: show, Deployment: show })], inventoryOf(resources, defaultMeshSettings));
    assert.deepEqual(shown, [
      ...['b Service x', 'b Service z', 'b Deployment x', 'b Deployment z'],
      ...['a Service y', 'a Deployment y'],
    ]);
  });

  test('lets a rule begin anew with every mesh', () => {
    const counting: AnalysisRule = () => {
      let seen = 0;
      return { Service: (service) => [say(String(++seen), service)] };
    };
    assert.deepEqual(said([counting]), ['1 a', '2 b']);
    assert.deepEqual(said([counting]), ['1 a', '2 b']);
  });
});

function specOf(kind: string | undefined): string {
  return kind === 'Service' ? 'spec: {ports: [{port: 80}]}\n' : '';
}

function specIn(kind: string): string {
  return kind.endsWith('Service')
    ? 'spec: {ports: [{port: 80}]}'
    : 'spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c}]}}}';
}

function first(): Resource {
  const [resource] = inventory.all;
  assert.ok(resource);
  return resource;
}

function say(what: string, resource: Resource) {
  return finding('WFT0501', resource, [], `${what} ${resource.name}`);
}

function said(rules: readonly AnalysisRule[]): string[] {
  return runRules(rules, inventory).map(({ message }) => message);
}
