import { CommandError, exitCode } from '../exit-code.ts';
import { type CurlDraft, curlFlags, ignoredValues, shortNames, valuedOptions } from './curl-options.ts';

/** The request that a curl command would send. */
export interface CurlRequest {
  readonly method: string;
  readonly url: string;
  /** `name: value` each. */
  readonly headers: readonly string[];
}

/** Reads the words of a curl command, with or without `curl` itself. Throws CommandError for options that it does not know. */
export function readCurl(words: readonly string[]): CurlRequest {
  const draft: CurlDraft = { headers: [], data: [] };
  const rest = [...(words[0] === 'curl' ? words.slice(1) : words)];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) readWord(word, rest, draft);
  if (draft.url === undefined) throw new CommandError('the curl command names no URL', exitCode.usage);
  return complete(draft, draft.url);
}

function readWord(word: string, rest: string[], draft: CurlDraft): void {
  if (word === '--' || word === '') return;
  if (word.startsWith('--')) readOption(word, undefined, rest, draft);
  else if (word.startsWith('-') && word.length > 1) readShort(word.slice(1), rest, draft);
  else if (draft.url === undefined) draft.url = word;
  else throw new CommandError(`curl: one URL at a time, not ${draft.url} and ${word}`, exitCode.usage);
}

/** `-sSk`, `-XPOST`, `-H 'a: b'`. */
function readShort(letters: string, rest: string[], draft: CurlDraft): void {
  const letter = letters.charAt(0);
  const name = shortNames.get(letter);
  if (name === undefined) throw unknown(`-${letter}`);
  const more = letters.slice(1);
  const flag = curlFlags.get(name);
  if (flag === undefined) {
    readOption(name, more === '' ? undefined : more, rest, draft);
    return;
  }
  flag(draft);
  if (more !== '') readShort(more, rest, draft);
}

function readOption(name: string, given: string | undefined, rest: string[], draft: CurlDraft): void {
  const flag = curlFlags.get(name);
  if (flag === undefined) readValue(name, given, rest, draft);
  else flag(draft);
}

function readValue(name: string, given: string | undefined, rest: string[], draft: CurlDraft): void {
  const take = valuedOptions.get(name);
  if (take === undefined && !ignoredValues.has(name)) throw unknown(name);
  const value = given ?? rest.shift();
  if (value === undefined) throw new CommandError(`curl: ${name} wants a value`, exitCode.usage);
  take?.(draft, value);
}

function unknown(name: string): CommandError {
  return new CommandError(
    `curl: option ${name} is not understood here; leave it out, or write METHOD URL -H 'name: value'`,
    exitCode.usage,
  );
}

function complete(draft: CurlDraft, written: string): CurlRequest {
  const { headers, json, form, upload, head } = draft;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  const sends = draft.data.length > 0 && draft.get !== true;
  const implied = head ? 'HEAD' : upload ? 'PUT' : sends || form ? 'POST' : 'GET';
  const defaults = [
    'accept: */*',
    ...(sends && !json ? ['content-type: application/x-www-form-urlencoded'] : []),
    ...(json ? ['content-type: application/json', 'accept: application/json'] : []),
    ...(form ? ['content-type: multipart/form-data'] : []),
  ];
  const own = new Set(headers.map(nameOf));
  const implicit = new Map(defaults.map((line) => [nameOf(line), line]));
  return {
    method: draft.method ?? implied,
    url: draft.get && draft.data.length > 0 ? withQuery(url, draft.data) : url,
    headers: [...headers, ...[...implicit].filter(([name]) => !own.has(name)).map(([, line]) => line)],
  };
}

function withQuery(url: string, parts: readonly string[]): string {
  return `${url}${url.includes('?') ? '&' : '?'}${parts.join('&')}`;
}

const nameOf = (line: string): string => line.slice(0, line.indexOf(':')).trim().toLowerCase();
