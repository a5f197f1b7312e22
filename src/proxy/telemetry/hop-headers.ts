import type { CanonicalRequest } from '../../http/message.ts';
import type { Edit, Forward, Inputs } from '../decide/decision.ts';
import { uuid } from '../decide/uuid.ts';
import { type Tracing, traceEdits } from './tracing.ts';

const REQUEST_ID = 'x-request-id';

/**
 * The decision with what correlates the hops of a request: an `x-request-id` where nobody gave one (a gateway has
 * set its own by then), and this proxy's span where tracing is on. The same object when there is nothing to add.
 */
export function withHopHeaders(
  decision: Forward,
  { headers }: CanonicalRequest,
  tracing: Tracing | undefined,
  inputs: Inputs,
): Forward {
  const named = headers.has(REQUEST_ID) || decision.requestEdits.some(setsRequestId);
  if (named && tracing === undefined) return decision;
  const requestEdits: Edit[] = [...decision.requestEdits];
  if (!named) requestEdits.push({ kind: 'set', name: REQUEST_ID, value: uuid(inputs.bytes(16)) });
  if (tracing !== undefined) requestEdits.push(...traceEdits(headers, tracing, inputs));
  return { ...decision, requestEdits };
}

function setsRequestId(edit: Edit): boolean {
  return edit.kind === 'set' && edit.name === REQUEST_ID;
}
