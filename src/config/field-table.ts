import { bodySchema, type JsonSchema } from './json-schema.ts';
import type { UnsupportedField } from './reading/unsupported-field.ts';
import { UNSUPPORTED_FIELDS } from './reading/unsupported-fields.ts';
import { KINDS, type Kind, type KindEntry } from './resource/kinds.ts';

/** One field of a kind. */
export interface FieldRow {
  /** `spec.http[].match[].uri`; `<key>` stands for a key of the user's. */
  readonly path: string;
  readonly type: string;
  /** JSON text; absent: none. */
  readonly default?: string;
  /** What happens with it here; empty: it is applied. */
  readonly here: string;
}

/** Every field of a kind that its schema knows, parents before children. */
export function fieldRows(kind: Kind): readonly FieldRow[] {
  const { body }: KindEntry = KINDS[kind];
  return rowsOf(bodySchema(kind), body === 'resource' ? '' : 'spec', kind);
}

/** The page of all kinds, in Markdown. */
export function fieldTable(): string {
  const sections = (Object.keys(KINDS) as Kind[]).map((kind) => section(kind, fieldRows(kind)));
  return `${HEAD}\n${sections.join('\n')}`;
}

const HEAD = `# Supported fields

Generated from the schemas by \`WEFT_GOLDEN=write node --test test/config/field-table.test.ts\`.

Every field below is read and validated. An empty last column means that it is applied. The other words are
those of the diagnostic: *accepted, not applied* (WFT0201), *answered with 503* (WFT0204), *self-hosted gateways*
(WFT0205), *refused* (WFT0301). *Some values* means that the rest is applied.

Editors check files with these schemas: \`weft schema > weft.schema.json\`, and as the first line of a YAML file
\`# yaml-language-server: $schema=./weft.schema.json\`.
`;

function section(kind: Kind, rows: readonly FieldRow[]): string {
  const lines = rows.map(
    ({ path, type, default: value, here }) =>
      `| \`${path}\` | ${cell(type)} | ${value === undefined ? '' : `\`${cell(value)}\``} | ${cell(here)} |`,
  );
  const table = ['| field | type | default | here |', '|---|---|---|---|', ...lines];
  const versions = KINDS[kind].apiVersions.map((version) => `\`${version}\``).join(', ');
  return [`## ${kind}`, '', versions, '', ...(rows.length > 0 ? table : ['Only its name matters.']), ''].join(
    '\n',
  );
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function rowsOf(schema: JsonSchema, path: string, kind: Kind): readonly FieldRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    typeof field === 'boolean' ? [] : fieldRow(field, path === '' ? name : `${path}.${name}`, kind),
  );
}

function fieldRow(field: JsonSchema, path: string, kind: Kind): readonly FieldRow[] {
  const row: FieldRow = {
    path,
    type: typeOf(field),
    ...(field.default === undefined ? {} : { default: JSON.stringify(field.default) }),
    here: handling(kind, path),
  };
  const item = single(field.items);
  if (item) return [row, ...rowsOf(item, `${path}[]`, kind)];
  const value = single(field.additionalProperties);
  if (value) return [row, ...rowsOf(value, `${path}.<key>`, kind)];
  return [row, ...rowsOf(field, path, kind)];
}

function single(schema: JsonSchema['items'] | JsonSchema['additionalProperties']): JsonSchema | undefined {
  return typeof schema === 'object' && !Array.isArray(schema) ? schema : undefined;
}

function typeOf(field: JsonSchema): string {
  if (field.enum) return field.enum.map(String).join(', ');
  if (field.anyOf)
    return field.anyOf.map((one) => (typeof one === 'boolean' ? 'any' : typeOf(one))).join(' or ');
  const item = single(field.items);
  if (item) return `list of ${typeOf(item)}`;
  const value = single(field.additionalProperties);
  if (value && !field.properties) return `map to ${Object.keys(value).length === 0 ? 'any' : typeOf(value)}`;
  return field.type === undefined ? 'any' : (WORDS.get(String(field.type)) ?? String(field.type));
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['object', 'map'],
  ['array', 'list'],
]);

const EFFECTS: Readonly<Record<UnsupportedField['code'], string>> = {
  WFT0201: 'accepted, not applied',
  WFT0204: 'answered with 503',
  WFT0205: 'self-hosted gateways',
  WFT0301: 'refused',
};

/** What a field's own entries say, or else the nearest parent's. */
function handling(kind: Kind, path: string): string {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const names = [at, at.replace(/\[\]$/, ''), at.replaceAll('<key>', '*')];
    const entries = UNSUPPORTED_FIELDS.filter((field) => field.kind === kind && names.includes(field.path));
    if (entries.length > 0) return entries.map((entry) => said(entry, at === path)).join('; ');
  }
  return '';
}

function said({ code, effect, when }: UnsupportedField, own: boolean): string {
  const word = `${EFFECTS[code]}${when ? ', some values' : ''}`;
  return own ? `${word}: ${effect}` : word;
}
