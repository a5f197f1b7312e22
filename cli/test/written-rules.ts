import { parse } from 'yaml';
import type { Resource } from '../../src/config/resource/resource.ts';
import type { WrittenRule } from './validator-format.ts';

/** Finds the http rule of a VirtualService, as it is written, by the source key of its route. */
export function writtenRules(resources: readonly Resource[]): WrittenRule {
  const owners = new Map(
    resources
      .filter(({ kind }) => kind === 'VirtualService')
      .map((one) => [`VirtualService/${one.namespace}/${one.name}`, one]),
  );
  const rules = new Map<string, readonly Readonly<Record<string, unknown>>[]>();
  return (source) => {
    const [, key = '', index = ''] = /^(VirtualService\/[^/]+\/[^/]+)\/http\/(\d+)$/.exec(source) ?? [];
    const owner = owners.get(key);
    if (owner === undefined) return undefined;
    const known = rules.get(key) ?? httpRules(owner.origin.text);
    rules.set(key, known);
    return known[Number(index)];
  };
}

/** The text was validated when the resource was read. */
function httpRules(text: string): readonly Readonly<Record<string, unknown>>[] {
  const { spec } = parse(text) as { spec?: { http?: readonly Readonly<Record<string, unknown>>[] } };
  return spec?.http ?? [];
}
