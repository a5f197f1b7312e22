import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { parseResources } from '../../src/config/parse.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import { activate } from '../../src/proxy/activate.ts';
import type { Target } from '../../src/snapshot/target.ts';
import { firstDifference } from '../support/gateway-difference.ts';
import { type BackendPort, IstioForm, spelled } from '../support/istio-form.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Case {
  readonly name: string;
  readonly input: string;
  readonly istioGolden: string;
}

/** Requests for each case, over all its gateways. */
const REQUESTS = 200;

/** Gateway API resources, and what Istio makes of them: the same requests meet the same decisions. */
export const suite: Suite = {
  name: 'gwapi-to-istio-golden',
  run: async (data) => {
    const lines = readFileSync(join(data, 'gwapi-to-istio-golden.jsonl'), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => judge(JSON.parse(line) as Case));
  },
};

function judge({ name, input, istioGolden }: Case): CaseResult {
  const named = input.replace(/^( {2}name: )(.*)$/gm, (_, field, own) => `${field}${spelled(own)}`);
  const written = parseResources(named, 'input.yaml').resources;
  const form = new IstioForm(istioGolden, inferenceRules(written));
  const resources = withoutInference(written);
  const gateways = resources.filter((one) => one.kind === 'KubernetesGateway');
  const common = parseResources(
    [...services(form.backends), ...namespaces(resources), ...credentials(form.credentials)].join('---\n'),
    'common.yaml',
  ).resources;
  for (const gateway of gateways) {
    const target = targetOf(gateway);
    const istio = parseResources(
      form.of(gateway.name, gateway.namespace, listenerSets(gateway, resources)),
      'golden.yaml',
    );
    const [own, theirs] = [
      [...common, ...resources],
      [...common, ...istio.resources],
    ].map((all) => activate(compile(all, target, defaultMeshSettings).snapshot, { gatewayPorts: true }));
    const count = Math.ceil(REQUESTS / gateways.length);
    const difference = own && theirs && firstDifference(own, theirs, count);
    if (difference) {
      const { about, before, after } = difference;
      return { id: name, verdict: 'failed', expected: `${gateway.name}: ${about}: ${after}`, got: before };
    }
  }
  return { id: name, verdict: 'passed' };
}

function targetOf({ name, namespace }: Resource): Target {
  const labels = [['gateway.networking.k8s.io/gateway-name', name]] as const;
  return { kind: 'gateway', namespace, name, serviceAccount: name, labels };
}

function listenerSets({ name, namespace }: Resource, resources: readonly Resource[]): ReadonlySet<string> {
  const sets = resources.filter((one) => one.kind === 'ListenerSet') as Resource<'ListenerSet'>[];
  const own = sets.filter(
    ({ spec, namespace: where }) =>
      spec.parentRef.name === name && (spec.parentRef.namespace ?? where) === namespace,
  );
  return new Set(own.map((set) => `${set.name}.${set.namespace}`));
}

/** The original's test code has these Services. */
function services(backends: readonly BackendPort[]): string[] {
  const ports = new Map<string, Set<number>>();
  for (const { host, port } of backends) ports.set(host, (ports.get(host) ?? new Set()).add(port));
  return [...ports].map(([host, numbers]) => {
    const [name, namespace] = host.split('.');
    const list = [...numbers].map((port) => `{name: http-${port}, port: ${port}}`).join(', ');
    return `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: ${namespace}}, spec: {ports: [${list}]}}\n`;
  });
}

/** The original's test code labels every namespace with the first part of its name. */
function namespaces(resources: readonly Resource[]): string[] {
  return [...new Set(resources.map(({ namespace }) => namespace))]
    .filter((name) => name !== '')
    .map(
      (name) =>
        `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {istio.io/test-name-part: ${name.split('-')[0]}}}}\n`,
    );
}

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
const PRIVATE_KEY = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----';

/** The original's test code has these; no handshake looks at them here. */
function credentials({ secrets, configMaps }: IstioForm['credentials']): string[] {
  const pair = { 'tls.crt': btoa(CERTIFICATE), 'tls.key': btoa(PRIVATE_KEY), 'ca.crt': btoa(CERTIFICATE) };
  return [
    ...[...new Set(secrets)].map((at) => holder('Secret', at, { type: 'kubernetes.io/tls', data: pair })),
    ...[...new Set(configMaps)].map((at) => holder('ConfigMap', at, { data: { 'ca.crt': CERTIFICATE } })),
  ];
}

function holder(kind: string, at: string, body: object): string {
  const [namespace = '', name = ''] = at.split('/');
  return `${JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, namespace }, ...body })}\n`;
}

const INFERENCE = /inference/i;

function inferenceRules(resources: readonly Resource[]): ReadonlySet<string> {
  const routes = resources.filter((one) => one.kind === 'HTTPRoute') as Resource<'HTTPRoute'>[];
  return new Set(
    routes.flatMap(({ namespace, name, spec }) =>
      spec.rules.flatMap(({ backendRefs }, i) =>
        backendRefs.some(({ group }) => INFERENCE.test(group)) ? [`${namespace}.${name}.${i}`] : [],
      ),
    ),
  );
}

/** InferencePools are of an API of their own: what leads to one is left out on both sides. */
function withoutInference(resources: readonly Resource[]): Resource[] {
  return resources.flatMap((resource) => {
    if (resource.kind !== 'HTTPRoute') return [resource];
    const route = resource as Resource<'HTTPRoute'>;
    const rules = route.spec.rules.filter(({ backendRefs }) =>
      backendRefs.every(({ group }) => !INFERENCE.test(group)),
    );
    return rules.length > 0 ? [{ ...route, spec: { ...route.spec, rules } }] : [];
  });
}
