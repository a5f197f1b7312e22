import { explainHops, type Hop } from '../../src/proxy/explain/explain-hops.ts';
import { isUnreadable, readRequest } from '../../src/proxy/explain/read-request.ts';
import type { Publication } from '../control-api.ts';
import { callerSnapshot, type Question } from './question.ts';

/** What every proxy on the way does with the request, or why there is no request. */
export type Answer =
  | { readonly kind: 'hops'; readonly hops: readonly Hop[] }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'unreadable'; readonly message: string };

/** Runs the core on the snapshots in force, as the proxies do. */
export function answer({ method, url, headers, from }: Question, publication: Publication): Answer {
  const caller = callerSnapshot(publication, from);
  if (!caller)
    return unreadable(
      from === '' ? 'There is no gateway in what is published.' : `There is no workload ${from}.`,
    );
  const lines = headers
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const request = readRequest({ method, url, headers: lines }, caller);
  if (isUnreadable(request))
    return request.cause === 'refused'
      ? { kind: 'refused', status: request.status, message: request.message }
      : unreadable(request.message);
  try {
    return { kind: 'hops', hops: explainHops(request, caller, new Map(publication.targets)) };
  } catch (error) {
    return unreadable(
      `The configuration cannot be run: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const unreadable = (message: string): Answer => ({ kind: 'unreadable', message });
