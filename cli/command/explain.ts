import type { CanonicalRequest } from '../../src/http/message.ts';
import type { Claims } from '../../src/identity/jwt/token-verdict.ts';
import type { AssumedAuthorizer } from '../../src/proxy/explain/assumed-answers.ts';
import type { Hop } from '../../src/proxy/explain/explain-hops.ts';
import { type GatewayKind, MeshPath } from '../../src/proxy/explain/mesh-path.ts';
import { readRequest, type Unreadable } from '../../src/proxy/explain/read-request.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { parseClaims } from '../explain/claims.ts';
import { type CurlRequest, readCurl } from '../explain/curl-command.ts';
import { shellWords } from '../explain/curl-words.ts';
import { hopText } from '../explain/hop-text.ts';
import { type MeshView, meshAt, meshOfFiles, runningMesh } from '../explain/mesh-view.ts';
import { answerOf, parsePrincipal, type Question } from '../explain/question.ts';

/** Options of `weft explain`. */
export interface ExplainFlags {
  readonly header: readonly string[];
  readonly from?: string;
  readonly target?: string;
  readonly as?: string;
  readonly jwt?: string;
  readonly authorizer: AssumedAuthorizer;
  readonly at?: number;
  readonly curl?: string;
  readonly gateway: GatewayKind;
  readonly filename: readonly string[];
  readonly output: string;
  readonly state: string;
}

/** `weft explain GET http://…`, or `-- curl …`: what every proxy on the way does with the request, and why. */
export async function explainCommand(words: readonly string[], flags: ExplainFlags): Promise<void> {
  const question = questionOf(words, flags);
  const view = await viewOf(flags);
  const hops = reached(
    answerOf(question, view.snapshots, new MeshPath(view.snapshots.values(), flags.gateway)),
  );
  process.stdout.write(`${flags.output === 'json' ? json(hops, view) : text(hops, view)}\n`);
}

function viewOf({ filename, at, state }: ExplainFlags): MeshView | Promise<MeshView> {
  if (filename.length > 0 && at !== undefined)
    throw new CommandError('--at is a revision of the running mesh; it does not go with -f', exitCode.usage);
  if (filename.length > 0) return meshOfFiles(filename);
  return at === undefined ? runningMesh(state) : meshAt(at, state);
}

function questionOf(words: readonly string[], flags: ExplainFlags): Question {
  const { method, url, headers } = requestOf(words, flags.curl);
  const { from, target, as, jwt, authorizer } = flags;
  const claims: Claims | undefined = jwt === undefined ? undefined : parseClaims(jwt);
  return {
    method,
    url,
    headers: [...headers, ...flags.header],
    authorizer,
    ...(from !== undefined && { from }),
    ...(target !== undefined && { target }),
    ...(as !== undefined && { principal: parsePrincipal(as) }),
    ...(claims !== undefined && { claims }),
  };
}

function requestOf(words: readonly string[], curl: string | undefined): CurlRequest {
  if (curl !== undefined) {
    if (words.length === 0) return readCurl(shellWords(curl));
    throw new CommandError('write the request once: --curl, or METHOD URL', exitCode.usage);
  }
  if (words[0] === 'curl') return readCurl(words);
  const [method, url, ...more] = words;
  if (method !== undefined && url !== undefined && more.length === 0) return { method, url, headers: [] };
  throw new CommandError(
    "write METHOD URL, such as GET http://shop.example/; or -- curl …; or --curl '…' (weft --help lists the commands)",
    exitCode.usage,
  );
}

function text(hops: readonly Hop[], view: MeshView): string {
  const revision = view.revision > 0 ? `revision ${view.revision}` : 'not published';
  return [...hops.map((hop) => hopText(hop, view)), revision].join('\n\n');
}

function json(hops: readonly Hop[], { revision, sources }: MeshView): string {
  const located = hops.map(({ proxy, direction, decision, destinations, entries }) => ({
    proxy,
    direction,
    decision,
    destinations,
    steps: entries.map((entry) => ({
      ...entry,
      place: entry.source ? sources.get(entry.source) : undefined,
    })),
  }));
  return JSON.stringify({ apiVersion: 'cli.weft.dev/v1', revision, hops: located }, null, 2);
}

/** The request as the proxy's door would make it, from what a user writes on a command line. */
export function parseRequest(
  method: string,
  url: string,
  headers: readonly string[],
  caller: Snapshot,
): CanonicalRequest {
  return reached(readRequest({ method, url, headers }, caller));
}

/** What the door let through. */
function reached<T extends object>(answer: T | Unreadable): T {
  if (!('cause' in answer && 'message' in answer)) return answer as T;
  const { cause, message } = answer as Unreadable;
  throw new CommandError(message, cause === 'syntax' ? exitCode.usage : exitCode.badInput);
}
