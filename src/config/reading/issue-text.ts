import type * as z from 'zod';
import type { FieldPath } from '../resource/resource.ts';
import { fieldPathText, valueAt } from './field-path.ts';
import { scalarText } from './scalar-text.ts';
import { fieldsAt } from './schema-fields.ts';
import { closest } from './suggestion.ts';

/** One thing wrong with a value, in words. */
export interface Finding {
  readonly code: 'WFT0103' | 'WFT0104' | 'WFT0105';
  /** From the root of the value that was judged. */
  readonly path: FieldPath;
  /** What is marked: an unknown field's name, or a wrong value. */
  readonly part: 'key' | 'value';
  readonly message: string;
  readonly remedy?: string | undefined;
}

/** Judges a value by a schema: the output, or what is wrong. `prefix` is where the value stands in its document. */
export function judge<T extends z.ZodType>(
  schema: T,
  value: unknown,
  prefix: FieldPath,
): { readonly output: z.output<T> } | { readonly findings: readonly Finding[] } {
  const result = schema.safeParse(value);
  if (result.success) return { output: result.data };
  return { findings: result.error.issues.flatMap((issue) => findings(issue, schema, value, prefix)) };
}

/** The finding for a field that no schema knows. */
export function unknownField(path: FieldPath, known: readonly string[]): Finding {
  const name = String(path.at(-1));
  const meant = closest(name, known);
  return {
    code: 'WFT0103',
    path,
    part: 'key',
    message: `unknown field ${fieldPathText(path)}${meant ? ` (did you mean "${meant}"?)` : ''}`,
    remedy: meant
      ? `write ${meant}`
      : known.length > 0
        ? `known fields: ${[...known].sort().join(', ')}`
        : undefined,
  };
}

type Issue = z.core.$ZodIssue;

function findings(issue: Issue, schema: z.ZodType, value: unknown, prefix: FieldPath): Finding[] {
  const inner = issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment));
  const path = [...prefix, ...inner];
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(schema, inner);
    return issue.keys.map((key) => unknownField([...path, key], known));
  }
  const written = valueAt(value, inner);
  const name = fieldPathText(path);
  if (issue.code === 'invalid_type' && written === undefined)
    return [
      {
        code: 'WFT0105',
        path,
        part: 'value',
        message: `${name}: Required value${ownMessage(issue) ? `, ${issue.message}` : ''}`,
        remedy: `add ${name}`,
      },
    ];
  return [{ code: 'WFT0104', path, part: 'value', ...wrongValue(issue, name, written) }];
}

function wrongValue(issue: Issue, name: string, written: unknown): Pick<Finding, 'message' | 'remedy'> {
  if (ownMessage(issue))
    return { message: `${name}${issue.message.startsWith('is ') ? ' ' : ': '}${issue.message}` };
  if (written === null)
    return {
      message: `${name} is empty`,
      remedy: `give ${name} a value (fields of it are indented below it), or leave it out`,
    };
  if (issue.code === 'invalid_value') return wrongChoice(issue.values.map(String), name, written);
  if (issue.code === 'invalid_type') return wrongType(issue.expected, name, written);
  return { message: limitText(issue, name, written) };
}

/** Kubernetes' words for what an OpenAPI schema bounds. */
function limitText(issue: Issue, name: string, written: unknown): string {
  if (issue.code === 'invalid_format' && issue.format === 'regex') {
    const pattern = String(issue.pattern).slice(1, -1).replaceAll('\\/', '/');
    return `Invalid value: ${shortText(written)}: ${name} in body should match '${pattern}'`;
  }
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return `${name}: ${issue.message}`;
  const most = issue.code === 'too_big';
  const limit = Number(most ? issue.maximum : issue.minimum);
  if (issue.origin === 'string')
    return `${name} in body should be at ${most ? 'most' : 'least'} ${limit} chars long`;
  if (issue.origin === 'array') return `${name} should have at ${most ? 'most' : 'least'} ${limit} items`;
  return `${name} must be ${most ? 'less' : 'greater'} than or equal to ${limit}`;
}

function shortText(written: unknown): string {
  const text = JSON.stringify(written) ?? '';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** zod's own words are for programmers; the others are written in the schemas. */
function ownMessage(issue: Issue): boolean {
  return (
    issue.code === 'custom' || !/^(?:Invalid|Too (?:small|big)|Unrecognized|Expected)\b/.test(issue.message)
  );
}

function wrongChoice(choices: string[], name: string, written: unknown): Pick<Finding, 'message' | 'remedy'> {
  const meant = closest(scalarText(written), choices);
  return {
    message: `${name}: Unsupported value: ${shortText(written)}: supported values: ${choices.map((choice) => `"${choice}"`).join(', ')}`,
    remedy: meant ? `write ${meant}` : undefined,
  };
}

function wrongType(expected: string, name: string, written: unknown): Pick<Finding, 'message' | 'remedy'> {
  return {
    message: `${name} must be ${typeName(expected)}, not ${typeName(Array.isArray(written) ? 'array' : typeof written)}`,
    remedy: typeRemedy(expected, name, written),
  };
}

const DURATION = /(?:timeout|interval|duration|delay|backoff|time|ttl|maxage)$/i;

/** How the same would be written in the type that is expected. */
function typeRemedy(expected: string, name: string, written: unknown): string | undefined {
  if (typeof written === 'object') return undefined;
  const text = String(written);
  if (typeof written === 'number' && expected === 'string' && DURATION.test(name)) return `write ${text}s`;
  if (expected === 'string' && (typeof written === 'number' || typeof written === 'boolean'))
    return `write "${text}" in quotes`;
  const isNumber = (expected === 'number' || expected === 'int') && /^\d{1,15}$/.test(text);
  if (typeof written === 'string' && isNumber) return `write ${text} without quotes`;
  if (expected === 'array' && text.length <= 80) return `write [${text}]`;
  return undefined;
}

function typeName(type: string): string {
  if (type === 'array') return 'a list';
  if (type === 'object' || type === 'record') return 'a map';
  if (type === 'string') return 'text';
  if (type === 'int') return 'a whole number';
  return `a ${type}`;
}
