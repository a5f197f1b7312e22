import * as z from 'zod';

const EXPORT_TO = 'must be ".", "*", "~" or a namespace';
const PORT_RANGE = 'port must be between 1-65535';
const LABEL_NAME = /^[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;

/** A field as a string map: `labels`, `headers.request.set`. */
export const stringMap = mapOf(z.string());

/** uint32 of the CRDs. */
export const uint32 = z.int().min(0).max(4294967295);

/** int32 of the CRDs. */
export const int32 = z.int().min(-2147483648).max(2147483647);

/** 1–65535. */
export const portNumber = z.int('must be a number').min(1, PORT_RANGE).max(65535, PORT_RANGE);

/** What `exportTo` is when it is not written; known by identity. */
export const EVERYWHERE = ['*'];

/** `exportTo`: `.`, `*`, `~` or namespace names. */
export const exportTo = z
  .array(z.string().refine((entry) => /^(?:[.*~]|[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)$/.test(entry), EXPORT_TO))
  .check((ctx) => {
    const entries = new Set(ctx.value);
    if (entries.size !== ctx.value.length) ctx.issues.push(problem(ctx.value, 'an entry is listed twice'));
    if (entries.size > 1 && (entries.has('*') || entries.has('~')))
      ctx.issues.push(problem(ctx.value, '* and ~ must stand alone'));
  })
  .default(() => EVERYWHERE);

/** `exportTo` of kinds other than ServiceEntry, which cannot be for nobody. */
export const exportToSome = exportTo.refine((entries) => !entries.includes('~'), {
  message: '~ (none) is only for ServiceEntry',
});

/** `{number}` of a destination. */
export const portSelector = z.strictObject({ number: portNumber });

const selectorLabels = mapOf(
  z
    .string()
    .max(63)
    .refine((value) => !value.includes('*'), 'wildcard not allowed in label value match'),
).check((ctx) => {
  for (const key of ctx.value.keys()) {
    if (key === '') ctx.issues.push(problem(ctx.value, 'key must not be empty'));
    if (key.includes('*')) ctx.issues.push(problem(ctx.value, 'wildcard not allowed in label key match'));
  }
});

/** WorkloadSelector of the networking kinds (`labels`). */
export const labelSelector = z.strictObject({
  labels: mapOf(
    z
      .string()
      .max(63)
      .refine((value) => !value.includes('*'), 'wildcard is not supported in selector'),
  )
    .check((ctx) => {
      for (const key of ctx.value.keys()) {
        if (key === '') ctx.issues.push(problem(ctx.value, 'empty key is not supported in selector'));
        if (key.includes('*')) ctx.issues.push(problem(ctx.value, 'wildcard is not supported in selector'));
      }
    })
    .optional(),
});

/** WorkloadSelector of the policy kinds (`selector.matchLabels`). */
export const workloadSelector = z.strictObject({ matchLabels: selectorLabels.optional() });

/** A Kubernetes label map: keys `[domain/]name`, values of at most 63 characters. */
export const labelMap = stringMap.check((ctx) => {
  for (const [key, value] of ctx.value) {
    const name = key.slice(key.indexOf('/') + 1);
    if (!LABEL_NAME.test(name)) ctx.issues.push(problem(ctx.value, 'must be a label name', [key]));
    if (value !== '' && !LABEL_NAME.test(value))
      ctx.issues.push(problem(ctx.value, 'must be a label value', [key]));
  }
});

/** A map with keys of the user's choosing; never a plain object. */
export function mapOf<T extends z.ZodType>(value: T): MapSchema<z.output<T>> {
  // Not a transform: checks of what is around see a map, also when a value in it is wrong.
  const record = z.record(z.string(), value).overwrite((fields) => new Map(Object.entries(fields)) as never);
  return record as unknown as MapSchema<z.output<T>>;
}

type MapSchema<V> = z.ZodType<ReadonlyMap<string, V>, Readonly<Record<string, unknown>>>;

/** A check: at most one of `keys` is set. */
export function atMostOne(...keys: readonly string[]) {
  return (ctx: z.core.ParsePayload<object>): void => {
    const set = keys.filter((key) => Reflect.get(ctx.value, key) !== undefined);
    if (set.length > 1)
      ctx.issues.push(problem(ctx.value, `at most one of ${keys.join(', ')} may be set`, set.slice(-1)));
  };
}

/** An issue for a check, at a path below the checked value. */
export function problem(
  input: unknown,
  message: string,
  path: readonly PropertyKey[] = [],
): z.core.$ZodRawIssue {
  return { code: 'custom', message, path: [...path], input };
}
