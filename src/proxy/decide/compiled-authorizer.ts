import { HeaderList } from '../../http/header-list.ts';
import { isHopByHop } from '../../http/hop-by-hop.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { Predicate } from '../../match/predicate.ts';
import { compileStringMatch } from '../../match/string-match.ts';
import type { StringMatch } from '../../match/value-match.ts';
import type { Authorizer } from '../../snapshot/authorizer.ts';
import type { Edit } from './decision.ts';
import { isIdentityHeader } from './identity-headers.ts';

/** An authorizer, ready to say what it is told and what of its answers counts. */
export interface CompiledAuthorizer {
  readonly settings: Authorizer;
  /** The head of the check: the request with the headers that the authorizer is told, and no body. */
  checkOf(request: CanonicalRequest): CanonicalRequest;
  /** What the request takes over from an answer that allows. */
  requestEdits(answer: HeaderList): readonly Edit[];
  /** What the response takes over from it. */
  responseEdits(answer: HeaderList): readonly Edit[];
  /** What the client gets of an answer that denies. */
  deniedHeaders(answer: HeaderList): (readonly [string, string])[];
}

/** Envoy's header by which an authorizer has headers of the request removed: names, separated by commas. */
const TO_REMOVE = 'x-envoy-auth-headers-to-remove';
/** What an authorizer is told whatever it is configured to be told. */
const ALWAYS_TOLD: ReadonlySet<string> = new Set(['authorization']);
/** What a client gets of a denial beside what is listed. */
const ALWAYS_ON_DENY: ReadonlySet<string> = new Set(['location', 'www-authenticate']);

/** Compiles an authorizer. Throws RegexError. */
export function compileAuthorizer(settings: Authorizer): CompiledAuthorizer {
  const told = names(settings.requestHeaders);
  const toUpstream = names(settings.headersToUpstream);
  const onDeny = settings.headersOnDeny.length === 0 ? () => true : names(settings.headersOnDeny);
  const onAllow = names(settings.headersOnAllow);
  return {
    settings,
    checkOf: (request) => checkOf(request, settings, told),
    requestEdits: (answer) => [
      ...removed(answer.get(TO_REMOVE)),
      ...takenOver(answer, (name) => toUpstream(name) && !isIdentityHeader(name)),
    ],
    responseEdits: (answer) => takenOver(answer, onAllow),
    deniedHeaders: (answer) =>
      [...answer].filter(([name]) => isContent(name) && (onDeny(name) || ALWAYS_ON_DENY.has(name))),
  };
}

type HasName = (name: string) => boolean;

function names(matches: readonly StringMatch[]): HasName {
  const all = matches.map((match): Predicate<string> => compileStringMatch(match));
  return (name) => all.some((one) => one.test(name));
}

function checkOf(request: CanonicalRequest, settings: Authorizer, told: HasName): CanonicalRequest {
  const headers = new HeaderList();
  for (const [name, value] of request.headers)
    if (isContent(name) && (told(name) || ALWAYS_TOLD.has(name))) headers.append(name, value);
  for (const [name, value] of settings.addedHeaders) headers.set(name, value);
  return { ...request, path: settings.pathPrefix + request.path, headers };
}

/** Whether a header belongs to the message rather than to the way it is sent. */
function isContent(name: string): boolean {
  return !isHopByHop(name) && name !== 'content-length' && name !== 'host' && !name.startsWith(':');
}

/** Lines of one name count together, and replace those of the same name; cookies stand alone and are added. */
function takenOver(answer: HeaderList, wanted: HasName): Edit[] {
  const edits: Edit[] = [];
  const seen = new Set<string>();
  for (const [name, value] of answer) {
    if (seen.has(name) || name === TO_REMOVE || !isContent(name) || !wanted(name)) continue;
    if (name === 'set-cookie') {
      edits.push({ kind: 'add', name, value });
      continue;
    }
    seen.add(name);
    edits.push({ kind: 'set', name, value: answer.get(name) ?? value });
  }
  return edits;
}

function removed(list: string | undefined): Edit[] {
  if (list === undefined) return [];
  return list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && isContent(name))
    .map((name) => ({ kind: 'remove', name }));
}
