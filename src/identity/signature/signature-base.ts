import { parseDictionary } from './parse-field.ts';
import { FieldError, type Item, type Parameters } from './structured-field.ts';
import { writeItem, writeMember } from './write-field.ts';

/** A message as signatures see it (RFC 9421 §2). Field names are lower-case. */
export interface SignedMessage {
  readonly method?: string;
  /** Lower-case, without the port that the scheme implies (§2.2.3). */
  readonly authority?: string;
  readonly path?: string;
  /** Empty, or begins with `?`. */
  readonly query?: string;
  /** Of a response. */
  readonly status?: number;
  readonly headers: FieldLines;
}

/** The fields of a message: lines in their order, by number. */
export interface FieldLines {
  /** The first line of `name` from `line` on, or -1. */
  indexOf(name: string, line?: number): number;
  valueAt(line: number): string;
}

/** What a signature covers, and how its line in the signature base begins. */
export interface Component {
  readonly name: string;
  readonly parameters: Parameters;
  readonly identifier: string;
}

/** A component of the list in `Signature-Input`. Throws FieldError for one that is no string. */
export function component(item: Item): Component {
  const { value, parameters } = item;
  if (value.kind !== 'string') throw new FieldError('a component is no string');
  return { name: value.value, parameters, identifier: writeItem(item) };
}

/**
 * The signature base (§2.5) of components; `input` is the text of their list with its parameters. Throws FieldError for
 * a component that the message lacks, or that is not known here.
 */
export function signatureBase(
  components: readonly Component[],
  input: string,
  message: SignedMessage,
): string {
  let base = '';
  for (const one of components) base += `${one.identifier}: ${componentValue(one, message)}\n`;
  return `${base}"@signature-params": ${input}`;
}

/** All lines of a field, trimmed and joined (§2.1); undefined where there is none. */
export function fieldValue({ headers }: Pick<SignedMessage, 'headers'>, name: string): string | undefined {
  const first = headers.indexOf(name);
  if (first < 0) return undefined;
  let value = headers.valueAt(first).trim();
  for (let line = headers.indexOf(name, first + 1); line >= 0; line = headers.indexOf(name, line + 1))
    value += `, ${headers.valueAt(line).trim()}`;
  return value;
}

function componentValue({ name, parameters }: Component, message: SignedMessage): string {
  const value = name.startsWith('@')
    ? derived(name, parameters, message)
    : fieldComponent(name, parameters, message);
  if (value === undefined) throw new FieldError(`the component ${name} is not there, or not known`);
  return value;
}

/** Derived components (§2.2); the parameter of a query has one parameter itself, the others none. */
function derived(name: string, parameters: Parameters, message: SignedMessage): string | undefined {
  if (name === '@query-param') return queryParameter(message.query ?? '', parameters);
  if (parameters.size > 0) return undefined;
  switch (name) {
    case '@method':
      return message.method;
    case '@authority':
      return message.authority;
    case '@path':
      return message.path;
    case '@query':
      return message.query === '' ? '?' : message.query;
    case '@status':
      return message.status === undefined ? undefined : String(message.status);
    default:
      return undefined;
  }
}

/** A field, or one member of it (`key`, §2.1.2). */
function fieldComponent(name: string, parameters: Parameters, message: SignedMessage): string | undefined {
  const text = fieldValue(message, name);
  if (parameters.size === 0 || text === undefined) return text;
  const key = parameters.get('key');
  if (parameters.size > 1 || key?.kind !== 'string') return undefined;
  const member = parseDictionary(text).get(key.value);
  return member && writeMember(member);
}

/** §2.2.8: the one parameter of the query by that name, encoded anew. */
function queryParameter(query: string, parameters: Parameters): string | undefined {
  const name = parameters.get('name');
  if (name?.kind !== 'string' || parameters.size > 1) return undefined;
  const [only, ...more] = [...new URLSearchParams(query)].filter(([key]) => encoded(key) === name.value);
  return only === undefined || more.length > 0 ? undefined : encoded(only[1]);
}

/** The percent-encode set of application/x-www-form-urlencoded, with %20 for a space. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()~]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
