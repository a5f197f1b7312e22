import type * as z from 'zod';
import type { Diagnostic } from '../diagnostic.ts';
import { KINDS, type Kind, type KindEntry, type SpecOf, writtenKind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { decode } from './decode.ts';
import { envelope } from './envelope.ts';
import { fieldPathText, valueAt } from './field-path.ts';
import { type Finding, judge, unknownField } from './issue-text.ts';
import { checkKind } from './kind-check.ts';
import { checkKubernetesFields } from './kubernetes-check.ts';
import { KUBERNETES_FIELDS } from './kubernetes-fields.ts';
import { reportMeshConfig } from './mesh-config-report.ts';
import { checkMetadata } from './metadata-check.ts';
import { type ResourceReport, resourceReport } from './resource-report.ts';
import type { SourceItem } from './source-item.ts';
import { unsupportedFields } from './unsupported.ts';
import { warnings } from './warnings.ts';

/** What reading a resource gives: itself when nothing is wrong with it, else what can be made of it. */
export interface ResourceReading {
  readonly resource?: Resource;
  /** Has an error; for analysis only. */
  readonly refused?: Resource;
  readonly diagnostics: readonly Diagnostic[];
}

/** Validates one resource. It is given only when nothing is wrong with it. */
export function readResource(item: SourceItem, defaultNamespace: string): ResourceReading {
  const report = resourceReport(item);
  const resource = read(item, defaultNamespace, report);
  const { diagnostics } = report;
  if (!resource) return { diagnostics };
  const wrong = diagnostics.some(({ severity }) => severity === 'error');
  return wrong ? { refused: resource, diagnostics } : { resource, diagnostics };
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
  const namespace = CLUSTER_KINDS.has(kind) ? '' : (metadata.namespace ?? defaultNamespace);
  const written = writtenKind(kind);
  report.name(namespace === '' ? `${written} ${metadata.name}` : `${written} ${namespace}/${metadata.name}`);
  checkMetadata(kind, metadata, item, report);
  const spec = readSpec(kind, item, report) ?? decodeSpec(kind, item);
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

/** Kinds that stand in no namespace. */
const CLUSTER_KINDS: ReadonlySet<Kind> = new Set<Kind>(['Namespace', 'GatewayClass']);

function readSpec(kind: Kind, item: SourceItem, report: ResourceReport): SpecOf<Kind> | undefined {
  const { body, specRequired, ...entry }: KindEntry = KINDS[kind];
  const early = entry.earlier?.apiVersion === valueAt(item.value, ['apiVersion']);
  const schema = (early && entry.earlier?.schema) || entry.schema;
  const whole = body === 'resource';
  const fields = KUBERNETES_FIELDS[kind];
  if (!whole) checkTopFields(item, fields?.get('') ?? ISTIO_TOP, report);
  if (fields !== undefined) {
    const { findings, ignored } = checkKubernetesFields(item.value, fields, schema);
    report.addAll(findings);
    if (ignored.length > 0) report.add('WFT0110', ['spec'], `without a meaning here: ${ignored.join(', ')}`);
  }
  const written = valueAt(item.value, ['spec']);
  if (specRequired && written === undefined)
    report.add('WFT0105', ['spec'], 'spec: Required value', 'add spec');
  reportUnsupported(kind, item, report);
  const judged = judge(
    schema as z.ZodType<SpecOf<Kind>>,
    whole ? bodyOf(item) : (written ?? {}),
    whole ? [] : ['spec'],
  );
  if (kind === 'ConfigMap') reportMeshConfig(item, report);
  if ('output' in judged) return judged.output;
  report.addAll(kind === 'Secret' ? judged.findings.map(withoutValue) : judged.findings);
  return undefined;
}

function decodeSpec(kind: Kind, item: SourceItem): SpecOf<Kind> {
  const { schema, body }: KindEntry = KINDS[kind];
  const written = body === 'resource' ? bodyOf(item) : valueAt(item.value, ['spec']);
  return decode(schema as z.ZodType<SpecOf<Kind>>, written);
}

function reportUnsupported(kind: Kind, item: SourceItem, report: ResourceReport): void {
  for (const { path, field } of unsupportedFields(kind, item.value)) {
    const verdict = VERDICTS.get(field.code) ?? 'is accepted, not applied';
    report.add(field.code, path, `${fieldPathText(path)} ${verdict}: ${field.effect}`, field.remedy, 'key');
  }
  for (const { path, message, remedy } of warnings(kind, item.value))
    report.add('WFT0112', path, message, remedy, 'key');
}

/** The fields of a kind without a spec. */
function bodyOf(item: SourceItem): object {
  return Object.fromEntries(
    Object.entries(item.value as object).filter(([key]) => !['apiVersion', 'kind', 'metadata'].includes(key)),
  );
}

/** A remedy may repeat what was written, and that of a Secret is nobody's business. */
function withoutValue({ remedy: _, ...finding }: Finding): Finding {
  return finding;
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
