import { splitAuthority } from '../../http/authority.ts';
import { HeaderList } from '../../http/header-list.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { Edit } from './decision.ts';

/** The request after the edits, in order; the same object when there are none. Host edits change the authority. */
export function applyEdits(request: CanonicalRequest, edits: readonly Edit[]): CanonicalRequest {
  if (edits.length === 0) return request;
  let headers = request.headers;
  let { path, query } = request;
  let authority = request.authority;
  for (const edit of edits) {
    if (edit.kind === 'path') path = edit.value;
    else if (edit.kind === 'query') query = edit.value;
    else if (edit.kind === 'authority') authority = edit.value.toLowerCase();
    else if (isAuthorityName(edit.name))
      authority = edit.kind === 'remove' ? authority : edit.value.toLowerCase();
    else if (edit.kind !== 'remove' || headers.has(edit.name)) {
      if (headers === request.headers) headers = headers.copy();
      applyToHeaders(headers, edit);
    }
  }
  const { host, port } = authority === request.authority ? request : splitAuthority(authority);
  return { ...request, authority, host, port, path, query, headers };
}

/** The response headers after the edits; the same list when there are none. */
export function applyResponseEdits(headers: HeaderList, edits: readonly Edit[]): HeaderList {
  if (edits.length === 0) return headers;
  const edited = headers.copy();
  for (const edit of edits) {
    if ('name' in edit) applyToHeaders(edited, edit);
  }
  return edited;
}

/** Pairs of a local answer after the edits. */
export function editedPairs(
  pairs: readonly (readonly [string, string])[],
  edits: readonly Edit[],
): readonly (readonly [string, string])[] {
  return edits.length === 0 ? pairs : [...applyResponseEdits(HeaderList.from(pairs), edits)];
}

/** What `headers.get(name)` would give after the edits, without applying them. */
export function editedHeader(headers: HeaderList, edits: readonly Edit[], name: string): string | undefined {
  let value = headers.get(name);
  for (const edit of edits) {
    if (!('name' in edit) || edit.name !== name) continue;
    if (edit.kind === 'remove') value = undefined;
    else if (edit.kind === 'set' || value === undefined) value = edit.value;
    else value += `,${edit.value}`;
  }
  return value;
}

/** What `headers.getAll(name)` would give after the edits, without applying them. */
export function editedLines(headers: HeaderList, edits: readonly Edit[], name: string): readonly string[] {
  let lines: readonly string[] = headers.getAll(name);
  for (const edit of edits) {
    if (!('name' in edit) || edit.name !== name) continue;
    if (edit.kind === 'remove') lines = [];
    else lines = edit.kind === 'set' ? [edit.value] : [...lines, edit.value];
  }
  return lines;
}

/** Whether a header name stands for the authority (`Host`, `:authority`). */
export function isAuthorityName(name: string): boolean {
  return name === 'host' || name === ':authority';
}

type HeaderEdit = Extract<Edit, { kind: 'set' | 'add' | 'remove' }>;

function applyToHeaders(headers: HeaderList, edit: HeaderEdit): void {
  if (edit.kind === 'set') headers.set(edit.name, edit.value);
  else if (edit.kind === 'add') headers.append(edit.name, edit.value);
  else headers.delete(edit.name);
}
