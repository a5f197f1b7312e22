import type * as z from 'zod';
import type { Diagnostic } from '../diagnostic.ts';
import { KINDS, type Kind, type SpecOf } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { envelope, nameProblem } from './envelope.ts';
import { fieldPathText, valueAt } from './field-path.ts';
import { judge, unknownField } from './issue-text.ts';
import { checkKind } from './kind-check.ts';
import { checkKubernetesFields } from './kubernetes-check.ts';
import { KUBERNETES_FIELDS } from './kubernetes-fields.ts';
import { type ResourceReport, resourceReport } from './resource-report.ts';
import type { SourceItem } from './source-item.ts';
import { unsupportedFields } from './unsupported.ts';

type Envelope = z.output<typeof envelope>;

/** Validates one resource. It is given only when nothing is wrong with it. */
export function readResource(
  item: SourceItem,
  defaultNamespace: string,
): { readonly resource?: Resource; readonly diagnostics: readonly Diagnostic[] } {
  const report = resourceReport(item);
  const resource = read(item, defaultNamespace, report);
  const { diagnostics } = report;
  const refused = diagnostics.some(({ severity }) => severity === 'error');
  return resource && !refused ? { resource, diagnostics } : { diagnostics };
}

function read(item: SourceItem, defaultNamespace: string, report: ResourceReport): Resource | undefined {
  const kind = checkKind(item, report);
  if (kind === undefined) return undefined;
  const head = judge(envelope, item.value, []);
  if ('findings' in head) {
    report.addAll(head.findings);
    return undefined;
  }
  const { apiVersion, metadata } = head.output;
  const namespace = kind === 'Namespace' ? '' : (metadata.namespace ?? defaultNamespace);
  report.name(namespace === '' ? `${kind} ${metadata.name}` : `${kind} ${namespace}/${metadata.name}`);
  checkNames(kind, metadata, report);
  if (kind === 'AuthorizationPolicy') checkDryRun(metadata.annotations, item, report);
  const spec = readSpec(kind, item, report);
  if (spec === undefined) return undefined;
  return {
    kind,
    apiVersion,
    name: metadata.name,
    namespace,
    labels: metadata.labels ?? new Map(),
    annotations: metadata.annotations ?? new Map(),
    created: metadata.creationTimestamp ?? undefined,
    spec,
    origin: { text: item.text(), at: (path) => item.locate(path) },
  };
}

/** Kinds whose names become one DNS label of a host or path. */
const LABEL_KINDS: ReadonlySet<Kind> = new Set<Kind>(['Service', 'Namespace']);

function checkNames(kind: Kind, metadata: Envelope['metadata'], report: ResourceReport): void {
  const wrongName = nameProblem(metadata.name, LABEL_KINDS.has(kind) ? 'label' : 'subdomain');
  if (wrongName) report.add('WFT0107', ['metadata', 'name'], `metadata.name ${wrongName}`);
  const wrongNamespace = metadata.namespace == null ? undefined : nameProblem(metadata.namespace, 'label');
  if (wrongNamespace)
    report.add('WFT0107', ['metadata', 'namespace'], `metadata.namespace ${wrongNamespace}`);
}

const DRY_RUN = 'istio.io/dry-run';

/** A misspelt dry-run would enforce, or not enforce, what was not meant. */
function checkDryRun(
  annotations: ReadonlyMap<string, string> | null | undefined,
  item: SourceItem,
  report: ResourceReport,
): void {
  const value = annotations?.get(DRY_RUN);
  if (value === undefined) return;
  const path = ['metadata', 'annotations', DRY_RUN];
  const action = valueAt(item.value, ['spec', 'action']) ?? 'ALLOW';
  if (value !== 'true' && value !== 'false')
    report.add('WFT0104', path, `${DRY_RUN} must be "true" or "false"`);
  else if (action !== 'ALLOW' && action !== 'DENY')
    report.add('WFT0104', path, `${DRY_RUN} is only for the actions ALLOW and DENY`);
}

function readSpec(kind: Kind, item: SourceItem, report: ResourceReport): SpecOf<Kind> | undefined {
  const fields = KUBERNETES_FIELDS[kind];
  checkTopFields(item, fields?.get('') ?? ISTIO_TOP, report);
  const { schema } = KINDS[kind];
  if (fields !== undefined) {
    const { findings, ignored } = checkKubernetesFields(item.value, fields, schema);
    report.addAll(findings);
    if (ignored.length > 0) report.add('WFT0110', ['spec'], `without a meaning here: ${ignored.join(', ')}`);
  }
  for (const { path, field } of unsupportedFields(kind, item.value)) {
    const verdict = VERDICTS.get(field.code) ?? 'is accepted, not applied';
    report.add(field.code, path, `${fieldPathText(path)} ${verdict}: ${field.effect}`, field.remedy, 'key');
  }
  const judged = judge<z.ZodType<SpecOf<Kind>>>(schema, valueAt(item.value, ['spec']) ?? {}, ['spec']);
  if ('output' in judged) return judged.output;
  report.addAll(judged.findings);
  return undefined;
}

const VERDICTS: ReadonlyMap<string, string> = new Map([
  ['WFT0205', 'is for self-hosted gateways'],
  ['WFT0301', 'is refused'],
]);

const ISTIO_TOP = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

function checkTopFields(item: SourceItem, known: readonly string[], report: ResourceReport): void {
  const keys = Object.keys(item.value as object).filter((key) => !known.includes(key));
  report.addAll(keys.map((key) => unknownField([key], known)));
}
