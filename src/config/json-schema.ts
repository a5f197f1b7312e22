import * as z from 'zod';
import { KINDS, type Kind, type KindEntry, writtenKind } from './resource/kinds.ts';

/** A JSON Schema (draft 2020-12), as plain data. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

const METADATA: JsonSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 253 },
    namespace: { type: 'string', maxLength: 63 },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

/** The schema of one kind's resources as they are written, for editors. */
export function kindSchema(kind: Kind): JsonSchema {
  const { apiVersions, body, specRequired }: KindEntry = KINDS[kind];
  const own = bodySchema(kind);
  const required = ['apiVersion', 'kind', 'metadata', ...(specRequired ? ['spec'] : [])];
  return {
    title: writtenKind(kind),
    type: 'object',
    required,
    properties: {
      apiVersion: { enum: [...apiVersions] },
      kind: { const: writtenKind(kind) },
      metadata: METADATA,
      ...(body === 'resource' ? own.properties : { spec: own }),
    },
    ...(Object.keys(own.properties ?? {}).length > 0 && own.additionalProperties === false
      ? { additionalProperties: false }
      : {}),
  };
}

/** One schema for files of any kind that is read: the rules of the kind that is written hold. */
export function anyKindSchema(): JsonSchema {
  const kinds = Object.keys(KINDS) as Kind[];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Weft resource',
    type: 'object',
    required: ['apiVersion', 'kind'],
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' } },
    allOf: kinds.map((kind) => ({
      if: {
        properties: {
          kind: { const: writtenKind(kind) },
          apiVersion: { enum: [...KINDS[kind].apiVersions] },
        },
        required: ['apiVersion', 'kind'],
      },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: kindSchema(kind),
    })),
  };
}

/** The schema of a kind's spec, or of the fields that stand in its place. */
export function bodySchema(kind: Kind): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(KINDS[kind].schema, {
    io: 'input',
    unrepresentable: 'any',
  });
  return schema;
}

/** The kind of a name in any case, singular or plural. */
export function kindNamed(name: string): Kind | undefined {
  const wanted = name.toLowerCase();
  return (Object.keys(KINDS) as Kind[]).find(
    (kind) => kind.toLowerCase() === wanted || KINDS[kind].plural === wanted,
  );
}
