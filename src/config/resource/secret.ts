import * as z from 'zod';
import { mapOf, stringMap } from './field.ts';

const KEY = /^[-._a-zA-Z0-9]{1,253}$/;
/** Linear: each group of four is taken once. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const encoded = z
  .string()
  .refine(
    (text) => BASE64.test(text.replaceAll(/[\r\n]/g, '')),
    'must be base64; plain text goes in stringData',
  );

const keyed = <T extends z.ZodType>(value: T) =>
  mapOf(value).refine((data) => [...data.keys()].every((key) => KEY.test(key)), {
    message: 'keys must be letters, digits, "-", "_" and "."',
  });

const CERTIFICATE_FIELDS = ['tls.crt', 'tls.key'] as const;

/** Secret. `data` is base64; one of type kubernetes.io/tls holds tls.crt and tls.key. */
export const secret = z
  .strictObject({
    type: z.string().default('Opaque'),
    immutable: z.boolean().optional(),
    data: keyed(encoded).optional(),
    stringData: keyed(z.string()).optional(),
  })
  .refine(
    ({ type, data, stringData }) =>
      type !== 'kubernetes.io/tls' ||
      CERTIFICATE_FIELDS.every((name) => data?.has(name) || stringData?.has(name)),
    { message: 'a Secret of type kubernetes.io/tls needs tls.crt and tls.key', path: ['data'] },
  );

/** ConfigMap. */
export const configMap = z.strictObject({
  immutable: z.boolean().optional(),
  data: stringMap.optional(),
  binaryData: keyed(encoded).optional(),
});
