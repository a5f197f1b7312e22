import type * as z from 'zod';
import type { FieldPath } from '../resource/resource.ts';
import { type Finding, unknownField } from './issue-text.ts';
import type { KubernetesFields } from './kubernetes-fields.ts';
import { fieldsAt } from './schema-fields.ts';

/** What Kubernetes fields of a document are unknown, and which have no meaning here. */
export interface KubernetesCheck {
  readonly findings: readonly Finding[];
  /** Paths without list numbers, each once, in order: `spec.template.spec.volumes`. */
  readonly ignored: readonly string[];
}

/** Compares a document's fields with Kubernetes' and with those that the schema of `spec` reads. */
export function checkKubernetesFields(
  value: unknown,
  fields: KubernetesFields,
  schema: z.ZodType,
): KubernetesCheck {
  const findings: Finding[] = [];
  const ignored = new Set<string>();
  const visit = (current: unknown, path: FieldPath, pattern: string): void => {
    const known = fields.get(pattern);
    if (Array.isArray(current)) {
      for (const [index, item] of current.entries()) visit(item, [...path, index], `${pattern}[]`);
      return;
    }
    if (known === undefined || typeof current !== 'object' || current === null) return;
    for (const [key, inner] of Object.entries(current)) {
      const at = [...path, key];
      const name = pattern === '' ? key : `${pattern}.${key}`;
      if (!known.includes(key)) findings.push(unknownField(at, known));
      else if (isRead(at, schema)) visit(inner, at, name);
      else ignored.add(name.replaceAll('[]', ''));
    }
  };
  visit(value, [], '');
  return { findings, ignored: [...ignored] };
}

/** Fields around the spec, and server-written ones, are nobody's concern. */
const ALWAYS = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status', 'creationTimestamp']);

function isRead(path: FieldPath, schema: z.ZodType): boolean {
  const key = String(path.at(-1));
  if (path.length === 1 || key === 'creationTimestamp') return ALWAYS.has(key);
  return fieldsAt(schema, path.slice(1, -1)).includes(key);
}
