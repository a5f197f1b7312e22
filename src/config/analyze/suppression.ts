import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';
import { resourceName } from './finding.ts';

/** What not to report: a code on the resources that a pattern names. */
export interface Suppression {
  /** `*` stands for all. */
  readonly code: string;
  /** `Kind namespace/name`, Istio's `Kind name.namespace`, or `Kind name` where there is none; `*` stands for text of whatever length. */
  readonly resource: string;
}

/** `IST0101=VirtualService default/reviews`; undefined when it is not one. */
export function parseSuppression(text: string): Suppression | undefined {
  const at = text.indexOf('=');
  const [code, resource] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return at > 0 && resource !== '' && /^(?:\*|(?:IST|WFT)\d{4})$/.test(code) ? { code, resource } : undefined;
}

/** The diagnostics that no suppression names, and no annotation `galley.istio.io/analyze-suppress` of the resource. */
export function withoutSuppressed(
  diagnostics: readonly Diagnostic[],
  suppressions: readonly Suppression[],
  resources: readonly Resource[],
): Diagnostic[] {
  const annotated = new Map(
    resources.flatMap((resource) => {
      const codes = resource.annotations.get(ANNOTATION);
      return codes ? [[resourceName(resource), codes.split(',').map((code) => code.trim())] as const] : [];
    }),
  );
  return diagnostics.filter(({ code, resource = '' }) => {
    const codes = annotated.get(resource);
    if (codes?.includes(code) || codes?.includes('*')) return false;
    return !suppressions.some(
      (one) => matches(one.code, codeNames(code)) && matches(one.resource, names(resource)),
    );
  });
}

const ANNOTATION = 'galley.istio.io/analyze-suppress';

/** What is invalid by itself has one code in Istio. */
function codeNames(code: string): string[] {
  return /^WFT01(?:0[0-7])$/.test(code) ? [code, 'IST0106'] : [code];
}

function names(resource: string): string[] {
  const [kind = '', name = ''] = resource.split(' ');
  const [namespace, own] = name.split('/');
  return own === undefined ? [resource] : [resource, `${kind} ${own}.${namespace}`];
}

function matches(pattern: string, texts: readonly string[]): boolean {
  return texts.some((text) => globMatches(pattern, text));
}

/** Linear: no later place for a part is better than the first. */
function globMatches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > text.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
