import type { HeaderList } from '../../http/header-list.ts';
import type { CanonicalEdits } from './canonicalise.ts';
import type { Edit } from './decision.ts';

/** Removes what only proxies may say: `x-forwarded-client-cert` and `x-weft-*`. */
export const identityEdits: CanonicalEdits = ({ request }) => removals(request.headers, isIdentityHeader);

/** One removal for each name that `claimed` picks; the shared empty list when there is none. */
export function removals(headers: HeaderList, claimed: (name: string) => boolean): readonly Edit[] {
  let edits: Edit[] | undefined;
  for (let i = 0; i < headers.end; i++) {
    const name = headers.nameAt(i);
    if (name === undefined || !claimed(name)) continue;
    edits ??= [];
    if (!edits.some((edit) => edit.kind === 'remove' && edit.name === name))
      edits.push({ kind: 'remove', name });
  }
  return edits ?? none;
}

/** Whether a header carries an identity or metadata between proxies. */
export function isIdentityHeader(name: string): boolean {
  if (name.charCodeAt(0) !== X) return false;
  const plain = withHyphens(name);
  return plain.startsWith('x-weft-') || plain === 'x-forwarded-client-cert';
}

/** Whether a header says what only a proxy knows; nobody but a verified peer may send it on. */
export function isProxyHeader(name: string): boolean {
  if (name.charCodeAt(0) !== X) return false;
  return withHyphens(name).startsWith('x-envoy-') || isIdentityHeader(name);
}

/** The name as the many applications read it that cannot tell `_` from `-` (CGI, WSGI). */
export function withHyphens(name: string): string {
  return name.includes('_') ? name.replaceAll('_', '-') : name;
}

const X = 0x78;

const none: readonly Edit[] = [];
