import type { CanonicalRequest } from '../../http/message.ts';
import type { Cancellation } from '../../runtime/ports.ts';
import type { CheckAnswer } from '../decide/answers.ts';
import type { CompiledAuthorizer } from '../decide/compiled-authorizer.ts';
import type { Connection } from '../decide/connection.ts';
import type { AskCheck, Edit, Forward } from '../decide/decision.ts';
import { forward } from './forward.ts';
import type { ForwardDeps } from './forward-deps.ts';
import type { ProxyResponse } from './transport.ts';

/** A request whose body an authorizer may look at. */
export interface CheckedRequest<Body> {
  readonly connection: Connection;
  /** Undefined once the client is gone, and for requests without one. Replaced when its beginning was read. */
  body: Body | undefined;
  readonly signal: Cancellation | undefined;
}

/** What is read of an authorizer's own answer. */
const MAX_ANSWER = 64 * 1024;

const failed: CheckAnswer = { kind: 'failed' };

/**
 * Asks an authorizer over the cluster that its service has, with as much of the body as it wants to see (Envoy's
 * ext_authz over HTTP). Never rejects.
 */
export async function askAuthorizer<Body>(
  { authorizer, request }: AskCheck,
  asked: CheckedRequest<Body>,
  deps: ForwardDeps<Body>,
): Promise<CheckAnswer> {
  try {
    const shown = await shownBody(authorizer, asked, deps);
    if ('kind' in shown) return shown;
    return await send(authorizer, authorizer.checkOf(request), shown, asked, deps);
  } catch {
    return failed;
  }
}

interface Shown {
  /** Undefined where the authorizer sees no body. */
  readonly bytes: Uint8Array | undefined;
  readonly whole: boolean;
}

async function shownBody<Body>(
  { settings }: CompiledAuthorizer,
  asked: CheckedRequest<Body>,
  { bodies }: ForwardDeps<Body>,
): Promise<Shown | CheckAnswer> {
  if (settings.body === undefined) return { bytes: undefined, whole: true };
  if (asked.body === undefined) return { bytes: new Uint8Array(0), whole: true };
  if (bodies.peek === undefined) return failed;
  const { maxBytes, allowPartial } = settings.body;
  const { bytes, whole, body } = await bodies.peek(asked.body, maxBytes, asked.signal);
  asked.body = body;
  return whole || allowPartial ? { bytes, whole } : { kind: 'too-large' };
}

async function send<Body>(
  { settings }: CompiledAuthorizer,
  check: CanonicalRequest,
  { bytes, whole }: Shown,
  { connection, signal }: CheckedRequest<Body>,
  deps: ForwardDeps<Body>,
): Promise<CheckAnswer> {
  const { bodies, clusters } = deps;
  // A cluster that goes where the request says would let the client choose who judges it.
  if (clusters.get(settings.cluster)?.discovery.kind === 'original') return failed;
  const { headers } = check;
  const asked =
    check.authority === '' ? ofConnection(check, clusters.get(settings.cluster)?.service ?? '') : check;
  headers.set('content-length', String(bytes?.length ?? 0));
  if (bytes !== undefined) headers.set('x-envoy-auth-partial-body', String(!whole));
  const body = bytes === undefined || bytes.length === 0 ? undefined : bodies.of?.(bytes);
  const head = { method: asked.method, target: asked.path + asked.query, headers };
  const { onOutcome: _, ...quiet } = deps;
  const exchange = { head, connection, body, signal };
  const response = await forward(checkVia(settings.cluster, settings.timeoutMs), asked, exchange, quiet);
  if (response.flags !== '-') {
    drop(response, deps);
    return failed;
  }
  return { kind: 'answered', ...(await read(response, deps)) };
}

/** A connection without requests has no method and no authority of its own. */
function ofConnection(check: CanonicalRequest, service: string): CanonicalRequest {
  return { ...check, method: 'GET', authority: service, host: service };
}

function checkVia(cluster: string, timeoutMs: number): Forward {
  return {
    kind: 'forward',
    cluster,
    route: '',
    requestEdits: noEdits,
    responseEdits: noEdits,
    timeoutMs,
    retry: undefined,
  };
}

const noEdits: readonly Edit[] = [];

async function read<Body>(
  { status, headers, body }: ProxyResponse<Body>,
  { bodies }: ForwardDeps<Body>,
): Promise<Omit<Extract<CheckAnswer, { kind: 'answered' }>, 'kind'>> {
  if (body === undefined) return { status, headers, body: '' };
  if (typeof body === 'string') return { status, headers, body };
  const peeked = await bodies.peek?.(body, MAX_ANSWER);
  bodies.cancel(peeked?.body ?? body);
  return { status, headers, body: new TextDecoder().decode(peeked?.bytes) };
}

function drop<Body>({ body }: ProxyResponse<Body>, { bodies }: ForwardDeps<Body>): void {
  if (body !== undefined && typeof body !== 'string') bodies.cancel(body);
}
