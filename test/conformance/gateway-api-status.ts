import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseResources } from '../../src/config/parse.ts';
import { writtenKind } from '../../src/config/resource/kinds.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import type { Condition } from '../../src/config/status/condition.ts';
import { type ResourceStatus, statuses } from '../../src/config/status/statuses.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Case {
  readonly suite: 'gateway' | 'mesh';
  readonly test: string;
  readonly manifests: readonly { readonly path: string; readonly text: string }[];
  readonly statusChecks: readonly Check[];
}

interface Check {
  readonly check: string;
  readonly args: readonly unknown[];
}

interface Name {
  readonly Name: string;
  readonly Namespace: string;
}

interface WantedCondition {
  readonly Type: string;
  readonly Status: string;
  /** Empty or absent: any. */
  readonly Reason?: string;
}

/** Conditions that the Gateway API's own suite waits for; checks whose values the test computes are left out. */
export const suite: Suite = {
  name: 'gateway-api-status',
  async run(data) {
    const base = JSON.parse(await readFile(join(data, 'gateway-api-base.json'), 'utf8'));
    const text = await readFile(join(data, 'gateway-api-status.jsonl'), 'utf8');
    const cases = text.split('\n').filter((line) => line.trim() !== '');
    return cases.flatMap((line) => judgeCase(JSON.parse(line) as Case, base));
  },
};

/** What the suite makes itself before its tests: certificates, and the bundles of their CAs. */
const PEM = ['-----BEGIN CERTIFICATE-----', 'MIIB', '-----END CERTIFICATE-----'].join('\n');
const SECRETS = [
  ['gateway-conformance-web-backend', 'certificate'],
  ['gateway-conformance-infra', 'tls-validity-checks-certificate'],
  ['gateway-conformance-infra', 'tls-passthrough-checks-certificate'],
  ['gateway-conformance-infra', 'tls-checks-certificate'],
];
const BUNDLES = ['tls-checks-ca-certificate', 'mismatch-ca-certificate'];
const MADE = [
  ...SECRETS.map(([namespace, name]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    stringData: { 'tls.crt': PEM, 'tls.key': PEM },
  })),
  ...BUNDLES.map((name) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'gateway-conformance-infra', name },
    data: { 'ca.crt': PEM },
  })),
];

function judgeCase(item: Case, base: Readonly<Record<string, string>>): readonly CaseResult[] {
  const texts = [base[item.suite] ?? '', ...item.manifests.map(({ text }) => text)];
  const parsed = [...texts, ...MADE.map((one) => JSON.stringify(one))].map((text) =>
    parseResources(text.replaceAll('{GATEWAY_CLASS_NAME}', 'weft'), item.test),
  );
  const resources = parsed.flatMap((one) => one.resources);
  const refused = parsed.flatMap((one) => one.diagnostics).find(({ severity }) => severity === 'error');
  const found = statuses(resources);
  return item.statusChecks
    .map((check, index) => ({ check, index }))
    .filter(({ check }) => !JSON.stringify(check.args).includes('"$go"'))
    .map(({ check, index }) => {
      const expected = `${check.check} ${JSON.stringify(check.args)}`;
      const got = verdict(check, found, resources);
      const why = refused ? ` (${refused.message})` : '';
      const id = `${item.test} ${index}`;
      if (isChanged(check, item.statusChecks.slice(0, index)))
        return { id, verdict: 'not-applicable' as const, rule: 'changed-meanwhile', expected };
      if (got === undefined) return { id, verdict: 'passed' as const };
      return { id, verdict: 'failed' as const, expected, got: got + why };
    });
}

/** Whether an earlier check wants another status of the same condition. */
function isChanged({ check, args }: Check, earlier: readonly Check[]): boolean {
  const first = earlier.find((one) => one.check === check && sameCondition(one.args, args));
  return first !== undefined && wantedStatus(first.args) !== wantedStatus(args);
}

function sameCondition(a: readonly unknown[], b: readonly unknown[]): boolean {
  const subject = (args: readonly unknown[]) =>
    JSON.stringify([args.slice(0, -1), (args.at(-1) as WantedCondition | undefined)?.Type]);
  return subject(a) === subject(b);
}

function wantedStatus(args: readonly unknown[]): string | undefined {
  return (args.at(-1) as WantedCondition | undefined)?.Status;
}

/** What is wrong, if something is. */
function verdict(
  { check, args }: Check,
  found: readonly ResourceStatus[],
  resources: readonly Resource[],
): string | undefined {
  const [, kind = '', rest = ''] =
    /^(Gateway|ListenerSet|BackendTLSPolicy|[A-Z]+Route)(.*)$/.exec(check) ?? [];
  const [name, second, third] = args as [Name | undefined, unknown, unknown];
  const named = found.filter(
    (one) =>
      writtenKind(one.kind) === kind &&
      (!name || (one.name === name.Name && one.namespace === name.Namespace)),
  );
  if (!resources.some((one) => writtenKind(one.kind) === kind)) return `there is no ${kind}`;
  if (named.length === 0) return 'no status';
  const conditions = named.flatMap((one) => conditionsIn(one, undefined));
  if (rest.startsWith('MustHaveLatestConditions')) return conditions.length > 0 ? undefined : 'no conditions';
  if (rest === 'MustHaveNoAcceptedParents')
    return missing(conditions, { Type: 'Accepted', Status: 'True' }) ? undefined : 'one is accepted';
  if (rest === 'ListenersMustHaveConditions') {
    const listeners = named.flatMap(({ status }) => ('listeners' in status ? status.listeners : []));
    const own = listeners.filter((one) => third === undefined || one.name === third);
    return allMissing(
      own.flatMap((one) => one.conditions),
      second as WantedCondition[],
    );
  }
  const wanted: WantedCondition =
    rest === 'MustHaveResolvedRefsConditionsTrue'
      ? { Type: 'ResolvedRefs', Status: 'True' }
      : ((third ?? second) as WantedCondition);
  const parent = third === undefined && rest === 'MustHaveCondition' ? undefined : (second as Name);
  return missing(
    named.flatMap((one) => conditionsIn(one, parent)),
    wanted,
  );
}

/** The conditions of a status, those for one parent or ancestor where it has such. */
function conditionsIn({ status, namespace }: ResourceStatus, parent: Name | undefined): readonly Condition[] {
  if ('conditions' in status) return status.conditions;
  const entries =
    'parents' in status
      ? status.parents.map(({ parentRef, conditions }) => ({ ref: parentRef, conditions }))
      : status.ancestors.map(({ ancestorRef, conditions }) => ({ ref: ancestorRef, conditions }));
  return entries
    .filter(
      ({ ref }) => !parent || (ref.name === parent.Name && (ref.namespace ?? namespace) === parent.Namespace),
    )
    .flatMap(({ conditions }) => conditions);
}

function allMissing(
  conditions: readonly Condition[],
  wanted: readonly WantedCondition[],
): string | undefined {
  return wanted.map((one) => missing(conditions, one)).find((one) => one !== undefined);
}

function missing(
  conditions: readonly Condition[],
  { Type, Status, Reason }: WantedCondition,
): string | undefined {
  const has = conditions.some(
    ({ type, status, reason }) => type === Type && status === Status && (!Reason || reason === Reason),
  );
  return has
    ? undefined
    : conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`).join('; ') || 'none';
}
