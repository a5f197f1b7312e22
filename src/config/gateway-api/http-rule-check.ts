import type * as z from 'zod';
import { problem } from '../resource/field.ts';
import type { HttpFilter } from './http-filter.ts';
import type { HttpMatch } from './http-match.ts';

interface Rule {
  readonly matches: readonly HttpMatch[];
  readonly filters: readonly HttpFilter[];
  readonly backendRefs: readonly { readonly filters: readonly HttpFilter[] }[];
}

/** What the CRD demands of the parts of an HTTPRoute's rule together. */
export function checkHttpRule(ctx: z.core.ParsePayload<Rule>): void {
  const { matches, filters, backendRefs } = ctx.value;
  const report = (message: string) => ctx.issues.push(problem(ctx.value, message));
  if (backendRefs.length > 0 && filters.some(({ type }) => type === 'RequestRedirect'))
    report('RequestRedirect filter must not be used together with backendRefs');
  const [match, ...more] = matches;
  if (match?.path.type === 'PathPrefix' && more.length === 0) return;
  for (const [field, name] of PREFIX_FILTERS) {
    if (filters.some((filter) => replacesPrefix(filter, field))) report(`When ${needsOne(name)}`);
    if (backendRefs.some((ref) => ref.filters.some((filter) => replacesPrefix(filter, field))))
      report(`Within backendRefs, when ${needsOne(name)}`);
  }
}

const PREFIX_FILTERS = [
  ['requestRedirect', 'RequestRedirect'],
  ['urlRewrite', 'URLRewrite'],
] as const;

function replacesPrefix(filter: HttpFilter, field: 'requestRedirect' | 'urlRewrite'): boolean {
  return filter[field]?.path?.type === 'ReplacePrefixMatch';
}

function needsOne(name: string): string {
  return `using ${name} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`;
}
