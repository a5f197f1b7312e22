import { isPathTemplate } from './path-template.ts';
import type { StringMatch } from './value-match.ts';

/** Reads AuthorizationPolicy's string form: `*` present, `*suffix`, `prefix*`, else exact. */
export function parseAuthorizationString(value: string): StringMatch {
  if (value === '*') return { kind: 'present' };
  if (value.startsWith('*')) return { kind: 'suffix', value: value.slice(1) };
  if (value.endsWith('*')) return { kind: 'prefix', value: value.slice(0, -1) };
  return { kind: 'exact', value };
}

/** Reads an AuthorizationPolicy `paths` item: a template when it has `{*}` or `{**}`, else the string form. */
export function parseAuthorizationPath(value: string): StringMatch {
  return isPathTemplate(value) ? { kind: 'template', value } : parseAuthorizationString(value);
}
