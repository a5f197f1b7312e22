import type { Forward, Reply } from '../decide/decision.ts';
import { explainEdit } from '../explain/edit-text.ts';
import type { RouteTraits, Share } from './route-traits.ts';

/** What a mesh does with a request, as far as its client or an application can tell. */
export interface Meaning {
  /** Status of the answer that a proxy gives itself; 0 closes the connection; undefined: an application answers. */
  readonly status: number | undefined;
  /** Why the proxy answers, e.g. `route_not_found`; empty where an application answers. */
  readonly details: string;
  /** Target name of the proxy that answers; empty where an application does. */
  readonly by: string;
  /** Where the request may be sent, in the order of the route; empty for an answer. */
  readonly shares: readonly Share[];
  /** Source key of the route, or empty. */
  readonly route: string;
  /** Everything else that can be told apart, by what it is about; the text is empty where there is nothing. */
  readonly effects: readonly Effect[];
}

/** One thing that is done with a request, in words. */
export interface Effect {
  readonly about: string;
  readonly text: string;
  /** Whether the text depends on the request, and not only on the route. */
  readonly varies: boolean;
}

/** What an application answers is not known here, and counts as well. */
export function isServed({ status }: Meaning): boolean {
  return status === undefined || (status > 0 && status < 400);
}

/** The meaning of a local answer. */
export function replyMeaning(reply: Reply, by: string, traits: RouteTraits): Meaning {
  const { status, details, headers, body, route } = reply;
  const location = headers.find(([name]) => name === 'location')?.[1] ?? '';
  const others = headers.filter(([name]) => name !== 'location').map(([name, value]) => `${name}: ${value}`);
  return {
    status,
    details,
    by,
    shares: [],
    route,
    effects: [
      effect('location', location, true),
      effect('body', body),
      effect('response headers', others.join(', '), true),
      effect('fault', traits.fault),
    ],
  };
}

/** The meaning of a request that is sent on. */
export function forwardMeaning(forward: Forward, traits: RouteTraits): Meaning {
  const { route, requestEdits, responseEdits, timeoutMs } = forward;
  const path = requestEdits.find((edit) => edit.kind === 'path');
  const query = requestEdits.find((edit) => edit.kind === 'query');
  const authority = requestEdits.find((edit) => edit.kind === 'authority');
  const headers = requestEdits.filter((edit) => 'name' in edit && !UNTOLD.has(edit.name));
  return {
    status: undefined,
    details: '',
    by: '',
    shares: traits.shares,
    route,
    effects: [
      effect('path', path?.value ?? '', true),
      effect('query', query === undefined ? '' : query.value || 'none', true),
      effect('authority', authority?.value ?? '', true),
      effect('request headers', headers.map((edit) => explainEdit('request', edit)).join(', '), true),
      effect('response headers', responseEdits.map((edit) => explainEdit('response', edit)).join(', '), true),
      effect('timeout', timeoutMs > 0 ? `${timeoutMs} ms` : ''),
      effect('retries', traits.retry),
      effect('fault', traits.fault),
      effect('mirrors', traits.mirrors),
      effect('CORS', traits.cors),
    ],
  };
}

/** What follows from the path, or is new for every request. */
const UNTOLD: ReadonlySet<string> = new Set(['x-envoy-original-path', 'x-request-id']);

function effect(about: string, text: string, varies = false): Effect {
  return { about, text, varies };
}
