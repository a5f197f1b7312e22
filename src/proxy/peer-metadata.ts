import { type SpiffeId, workloadOf } from '../identity/spiffe.ts';
import type { Target } from '../snapshot/target.ts';

/** What two proxies tell each other of their workloads; SPIFFE alone cannot tell reviews v1 from v3. */
export interface PeerMetadata {
  /** The workload's name, e.g. `reviews-v3`. */
  readonly name: string;
  readonly namespace: string;
  /** `service.istio.io/canonical-name`, or what stands for it. */
  readonly canonicalService: string;
  /** `service.istio.io/canonical-revision`, or what stands for it. */
  readonly canonicalRevision: string;
  /** The label `version`, or empty. */
  readonly version: string;
  /** `region/zone/subzone`, or empty. */
  readonly locality: string;
}

/** A workload as a snapshot or the registry describes it. */
export type LabelledWorkload = Pick<Target, 'name' | 'namespace' | 'labels'>;

/** The header that carries it, one each way, only between mesh peers. */
export const PEER_HEADER = 'x-weft-peer';

/** No value is longer, in octets. */
const MAX_LENGTH = 1024;
/** Longest name that Kubernetes knows. */
const MAX_FIELD = 253;

/** The metadata of a workload by its pods' labels, with Istio's fallbacks. */
export function targetMetadata({ name, namespace, labels }: LabelledWorkload): PeerMetadata {
  const label = (...keys: string[]) => firstLabel(labels, keys);
  return {
    name,
    namespace,
    canonicalService: label('service.istio.io/canonical-name', 'app.kubernetes.io/name', 'app') || name,
    canonicalRevision:
      label('service.istio.io/canonical-revision', 'app.kubernetes.io/version', 'version') || 'latest',
    version: label('version', 'app.kubernetes.io/version'),
    // A label's value cannot have a slash, so Istio writes dots.
    locality: label('istio-locality').replaceAll('.', '/'),
  };
}

/** `n=…;ns=…;cs=…;cr=…;v=…;l=…`; undefined where a field cannot be written (no workload of a snapshot has one). */
export function formatPeerMetadata(metadata: PeerMetadata): string | undefined {
  const { name, namespace, canonicalService, canonicalRevision, version, locality } = metadata;
  const text = `n=${name};ns=${namespace};cs=${canonicalService};cr=${canonicalRevision};v=${version};l=${locality}`;
  return parsePeerMetadata(text) === undefined ? undefined : text;
}

/** Reads exactly what `formatPeerMetadata` writes: every key once, in order; anything else is undefined. */
export function parsePeerMetadata(text: string): PeerMetadata | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, name, namespace, canonicalService, canonicalRevision, version, locality] = match;
  if (match.some((field, i) => i > 0 && field.length > MAX_FIELD)) return undefined;
  if (!name || !namespace || !canonicalService || !canonicalRevision) return undefined;
  return {
    name,
    namespace,
    canonicalService,
    canonicalRevision,
    version: version ?? '',
    locality: locality ?? '',
  };
}

/** Whether a proven identity may speak for a workload of that namespace. */
export function speaksFor(id: SpiffeId, metadata: PeerMetadata): boolean {
  return workloadOf(id)?.namespace === metadata.namespace;
}

/** No field can hold the `;` that ends it, so that this is linear. */
const FORM = /^n=([\w.-]+);ns=([\w.-]+);cs=([\w.-]+);cr=([\w.-]+);v=([\w.-]*);l=([\w./-]*)$/;

function firstLabel(labels: Target['labels'], keys: readonly string[]): string {
  for (const key of keys) {
    const value = labels.find(([name]) => name === key)?.[1];
    if (value !== undefined && value !== '') return value;
  }
  return '';
}
