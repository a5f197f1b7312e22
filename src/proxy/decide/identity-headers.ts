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
  return name.startsWith('x-weft-') || name === 'x-forwarded-client-cert';
}

const none: readonly Edit[] = [];
