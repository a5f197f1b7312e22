import type { MeshSettings } from '../compile/mesh-settings.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/**
 * WFT0504: a DENY on a path that an application is likely to serve under another spelling too: another case,
 * a slash at the end, doubled or encoded slashes that `pathNormalization` leaves as they are.
 */
export const evadableDeny: AnalysisRule = ({ mesh }) => ({
  AuthorizationPolicy: (policy) => {
    if (policy.spec.action !== 'DENY') return [];
    return policy.spec.rules.flatMap(({ to = [] }, rule) =>
      to.flatMap(({ operation }, index) =>
        (operation?.paths ?? []).flatMap((path, at) => {
          const ways = evasions(path, operation?.paths ?? [], mesh.pathNormalization);
          if (ways.length === 0) return [];
          const place = ['spec', 'rules', rule, 'to', index, 'operation', 'paths', at];
          const message = `DENY of path ${path} does not deny ${ways.join(', ')}, which many applications take for the same`;
          return [finding('WFT0504', policy, place, message, remedyFor(policy, path))];
        }),
      ),
    );
  },
});

function remedyFor({ spec }: Resource<'AuthorizationPolicy'>, path: string): string {
  const name = path.replace(/[*/]+$/, '');
  const selector = spec.selector === undefined ? '' : ' on this workload';
  return `allow by ALLOW${selector} what may be asked for, or deny ${name}, ${name}/* and its other spellings too; DECODE_AND_MERGE_SLASHES closes those with slashes`;
}

/** Examples of what gets around the pattern and is not denied by another of the list. */
function evasions(
  pattern: string,
  all: readonly string[],
  normalization: MeshSettings['pathNormalization'],
): string[] {
  // `*`, `*.x` and templates do not name one place.
  if (!pattern.startsWith('/') || pattern.includes('{') || pattern === '/*' || pattern === '/') return [];
  const name = pattern.replace(/\*$/, '');
  const upper = name.toUpperCase();
  const ways = [
    ...(pattern.endsWith('*') || pattern.endsWith('/') ? [] : [`${pattern}/`]),
    ...(upper === name ? [] : [upper]),
    ...(mergesSlashes(normalization) ? [] : [`/${name}`]),
    ...(normalization === 'DECODE_AND_MERGE_SLASHES' ? [] : encoded(name)),
    ...(normalization === 'NONE' ? [`/.${name}`] : []),
  ];
  return ways.filter((way) => !all.some((other) => denies(other, way)));
}

function mergesSlashes(normalization: MeshSettings['pathNormalization']): boolean {
  return normalization === 'MERGE_SLASHES' || normalization === 'DECODE_AND_MERGE_SLASHES';
}

/** A path of several segments, its last slash encoded. */
function encoded(name: string): string[] {
  const at = name.replace(/\/$/, '').lastIndexOf('/');
  return at > 0 ? [`${name.slice(0, at)}%2F${name.slice(at + 1)}`] : [];
}

function denies(pattern: string, path: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('*')) return path.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}
