import type * as z from 'zod';
import type { Kind } from '../resource/kinds.ts';
import { type envelope, nameProblem } from './envelope.ts';
import { valueAt } from './field-path.ts';
import { apiGroup } from './foreign-kinds.ts';
import type { ResourceReport } from './resource-report.ts';
import type { SourceItem } from './source-item.ts';

type Metadata = z.output<typeof envelope>['metadata'];

/** Judges the name, the namespace and the annotations that a kind gives a meaning to. */
export function checkMetadata(
  kind: Kind,
  metadata: Metadata,
  item: SourceItem,
  report: ResourceReport,
): void {
  checkNames(kind, metadata, item, report);
  if (ANNOTATED_KINDS.has(kind)) checkDryRun(kind, metadata.annotations, item, report);
}

/** Kinds whose names become one DNS label of a host or path. */
const LABEL_KINDS: ReadonlySet<Kind> = new Set<Kind>(['Service', 'Namespace']);

function checkNames(kind: Kind, metadata: Metadata, item: SourceItem, report: ResourceReport): void {
  const wrongName = nameProblem(metadata.name, LABEL_KINDS.has(kind) ? 'label' : 'subdomain');
  if (wrongName)
    report.add('WFT0107', ['metadata', 'name'], `metadata.name ${wrongName}`, nameRemedy(metadata.name));
  const { namespace } = metadata;
  const wrongNamespace = namespace == null ? undefined : nameProblem(namespace, 'label');
  if (namespace == null || wrongNamespace === undefined) return;
  const path = ['metadata', 'namespace'];
  // Istio's own samples have such namespaces. No workload can be in one, so that nothing is let in by it.
  const istio = apiGroup(String(valueAt(item.value, ['apiVersion']))).endsWith('istio.io');
  if (istio && nameProblem(namespace.toLowerCase(), 'label') === undefined)
    report.add('WFT0113', path, `no workload can be in namespace ${namespace}: namespaces are lower-case`);
  else report.add('WFT0107', path, `metadata.namespace ${wrongNamespace}`);
}

const DRY_RUN = 'istio.io/dry-run';

/** Kinds of security.istio.io; only one of them has a dry-run. */
const ANNOTATED_KINDS: ReadonlySet<Kind> = new Set<Kind>([
  'AuthorizationPolicy',
  'PeerAuthentication',
  'RequestAuthentication',
]);

/** A misspelt dry-run would enforce, or not enforce, what was not meant. */
function checkDryRun(
  kind: Kind,
  annotations: ReadonlyMap<string, string> | null | undefined,
  item: SourceItem,
  report: ResourceReport,
): void {
  const value = annotations?.get(DRY_RUN);
  if (value === undefined) return;
  const path = ['metadata', 'annotations', DRY_RUN];
  const action = valueAt(item.value, ['spec', 'action']) ?? 'ALLOW';
  if (kind !== 'AuthorizationPolicy') report.add('WFT0104', path, `${DRY_RUN} is not for ${kind}`);
  else if (value !== 'true' && value !== 'false')
    report.add('WFT0104', path, `${DRY_RUN} must be "true" or "false"`);
  else if (action !== 'ALLOW' && action !== 'DENY')
    report.add('WFT0104', path, `${DRY_RUN} is only for the actions ALLOW and DENY`);
}

/** The nearest name that would do. */
function nameRemedy(name: string): string | undefined {
  const near = name
    .slice(0, 63)
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return near === '' || near === name ? undefined : `write ${near}`;
}
