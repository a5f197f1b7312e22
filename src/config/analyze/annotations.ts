import type { Diagnostic } from '../diagnostic.ts';
import { closest } from '../reading/suggestion.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { type AnnotatedKind, ISTIO_ANNOTATIONS, type IstioAnnotation } from './annotation-table.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Visits } from './inventory.ts';

interface Written {
  readonly owner: Resource;
  readonly kind: AnnotatedKind;
  readonly path: FieldPath;
  readonly name: string;
  readonly value: string;
}

/** IST0107, IST0108, IST0125, IST0135: annotations of Istio that are unknown, misplaced, wrong or deprecated. */
export const annotations: AnalysisRule = () => visitsOf(judge);

/** IST0136: annotations of Istio that may change. */
export const alphaAnnotations: AnalysisRule = () => visitsOf(judgeStage);

const KNOWN: ReadonlyMap<string, IstioAnnotation> = new Map(ISTIO_ANNOTATIONS.map((one) => [one.name, one]));

/** All that may be annotated. */
function visitsOf(judge: (one: Written) => Diagnostic[]): Visits {
  return {
    Namespace: (owner) => own(owner, 'Namespace').flatMap(judge),
    Service: (owner) => own(owner, 'Service').flatMap(judge),
    Pod: (owner) => own(owner, 'Pod').flatMap(judge),
    Deployment: (owner) => [...own(owner, 'Deployment'), ...ofPods(owner)].flatMap(judge),
  };
}

function ofPods(owner: Resource<'Deployment'>): Written[] {
  return [...(owner.spec.template.metadata.annotations ?? [])].map(([name, value]) => ({
    owner,
    kind: 'Pod',
    path: ['spec', 'template', 'metadata', 'annotations', name],
    name,
    value,
  }));
}

function own(owner: Resource, kind: AnnotatedKind): Written[] {
  return [...owner.annotations].map(([name, value]) => ({
    owner,
    kind,
    path: ['metadata', 'annotations', name],
    name,
    value,
  }));
}

function judgeStage({ owner, path, name }: Written): Diagnostic[] {
  if (!KNOWN.get(name)?.stage?.startsWith('alpha')) return [];
  if (owner.kind === 'Pod' && isSetByCni(owner as Resource<'Pod'>)) return [];
  const message = `Annotation "${name}" is part of an alpha-phase feature and may be incompletely supported.`;
  return [finding('IST0136', owner, path, message)];
}

function judge({ owner, kind, path, name, value }: Written): Diagnostic[] {
  const known = KNOWN.get(name);
  if (!known) return isOfIstio(name) ? [unknown(owner, path, name)] : [];
  const deprecated = known.stage?.endsWith('deprecated')
    ? [
        finding(
          'IST0135',
          owner,
          path,
          `Annotation "${name}" has been deprecated and may not work in future Istio versions.`,
        ),
      ]
    : [];
  if (!known.kinds.includes(kind) && !known.kinds.includes('any')) {
    const kinds = known.kinds.length > 0 ? known.kinds.join(', ') : 'Ingress';
    const message = `Misplaced annotation: ${name} can only be applied to ${kinds}`;
    return [...deprecated, finding('IST0107', owner, path, message, `move it to a ${kinds}`)];
  }
  if (isRight(known, value)) return deprecated;
  const message = `Invalid annotation ${name}: must be a ${known.form}, got "${value}"`;
  return [...deprecated, finding('IST0125', owner, path, message)];
}

function unknown(owner: Resource, path: FieldPath, name: string): Diagnostic {
  const meant = closest(name, KNOWN.keys());
  return finding('IST0108', owner, path, `Unknown annotation: ${name}`, meant && `did you mean ${meant}?`);
}

function isOfIstio(name: string): boolean {
  const domain = name.slice(0, Math.max(0, name.indexOf('/')));
  return domain === 'istio.io' || domain.endsWith('.istio.io');
}

function isRight({ form }: IstioAnnotation, value: string): boolean {
  switch (form) {
    case 'number':
      return /^\d+$/.test(value);
    case 'boolean':
      return value === 'true' || value === 'false';
    case 'port numbers':
      return (
        value === '' || value.split(',').every((port) => /^ *\d+ *$/.test(port) && Number(port) <= 65535)
      );
    case 'interception mode':
      return ['REDIRECT', 'TPROXY', 'NONE'].includes(value);
    default:
      return true;
  }
}

/** The network plugin writes annotations by itself. */
function isSetByCni({ spec }: Resource<'Pod'>): boolean {
  const { initContainers } = spec;
  return (
    Array.isArray(initContainers) && initContainers.some((one: unknown) => nameOf(one) === 'istio-validation')
  );
}

function nameOf(container: unknown): unknown {
  return typeof container === 'object' && container !== null ? Reflect.get(container, 'name') : undefined;
}
