import type { FieldPath } from '../resource/resource.ts';

/** A path as people write it: `spec.http[0].headers["x-user"]`. */
export function fieldPathText(path: FieldPath): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (!/^@?[A-Za-z_$][\w$-]*$/.test(segment)) text += `["${segment}"]`;
    else text += text === '' ? segment : `.${segment}`;
  }
  return text;
}

/** The value at a path of plain data, or undefined. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  let current = value;
  for (const segment of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = Reflect.get(current, segment);
  }
  return current;
}
