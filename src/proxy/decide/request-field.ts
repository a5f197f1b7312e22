import type { CanonicalRequest } from '../../http/message.ts';
import { editedHeader, isAuthorityName } from './apply-edits.ts';
import type { Edit } from './decision.ts';

/**
 * A field of the request by its lower-case name: a header after the edits, or what HTTP/2 calls `:authority`
 * (also `host`), `:path` with the query, `:method` and `:scheme`. Undefined when there is none.
 */
export function requestField(
  request: CanonicalRequest,
  edits: readonly Edit[],
  name: string,
): string | undefined {
  if (isAuthorityName(name)) return request.authority;
  if (name === ':path') return request.path + request.query;
  if (name === ':method') return request.method;
  if (name === ':scheme') return request.scheme;
  return editedHeader(request.headers, edits, name);
}
