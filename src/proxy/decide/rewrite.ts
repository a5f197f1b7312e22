import { compileRegex, parseSubstitution } from '../../match/regex.ts';
import type { Rewrite } from '../../snapshot/route.ts';
import type { Edit } from './decision.ts';
import type { Arrival } from './evidence.ts';
import { pathText } from './path-text.ts';
import type { CompiledMatch } from './route-match.ts';

/** The edits before, and behind them those of a rewrite; `match` is the item that the request matched. */
export type MakeRewrite = (
  arrival: Arrival,
  match: CompiledMatch,
  before: readonly Edit[],
) => readonly Edit[];

/** Compiles VirtualService `rewrite`. Throws RegexError. */
export function compileRewrite(rewrite: Rewrite | undefined): MakeRewrite {
  if (rewrite === undefined) return (_, __, before) => before;
  const { authority } = rewrite;
  const rewritePath = compilePathRewrite(rewrite);
  return ({ request }, match, before) => {
    const edits = [...before];
    if (authority !== undefined) edits.push({ kind: 'authority', value: authority.toLowerCase() });
    const path = rewritePath?.(request.path, match);
    if (path !== undefined && path !== request.path) {
      edits.push({ kind: 'set', name: 'x-envoy-original-path', value: request.path + request.query });
      edits.push({ kind: 'path', value: path });
    }
    return edits;
  };
}

/** Replaces the matched prefix by `replacement`, as text; without a prefix match the whole path. */
export function replacePath(path: string, match: CompiledMatch, replacement: string): string {
  return match.prefixLength === undefined ? replacement : replacement + path.slice(match.prefixLength);
}

type PathRewrite = (path: string, match: CompiledMatch) => string;

function compilePathRewrite({ uri, regex }: Rewrite): PathRewrite | undefined {
  if (regex !== undefined) {
    const program = compileRegex(regex.match);
    const substitution = parseSubstitution(regex.substitution);
    return (path) => pathText(program.replaceAll(path, substitution));
  }
  if (uri === undefined) return undefined;
  return (path, match) => pathText(replacePath(path, match, uri));
}
