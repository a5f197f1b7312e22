import type { HeaderChange, HeaderOperations } from '../../snapshot/route.ts';
import type { Document } from './conversion.ts';

/** Headers of a VirtualService; undefined where nothing is changed. */
export function istioHeaders(headers: HeaderOperations | undefined): Document | undefined {
  if (!headers) return undefined;
  const { request, response } = headers;
  return {
    ...(request && { request: istioChange(request) }),
    ...(response && { response: istioChange(response) }),
  };
}

function istioChange({ remove, set, add }: HeaderChange): Document {
  return {
    ...(set.length > 0 && { set: Object.fromEntries(set) }),
    ...(add.length > 0 && { add: Object.fromEntries(add) }),
    ...(remove.length > 0 && { remove }),
  };
}

/** Header modifiers of the Gateway API; a problem where a value is computed for each request. */
export function headerFilters(
  headers: HeaderOperations | undefined,
  refuse: (why: string) => void,
): Document[] {
  return [
    ...modifier('RequestHeaderModifier', 'requestHeaderModifier', headers?.request, refuse),
    ...modifier('ResponseHeaderModifier', 'responseHeaderModifier', headers?.response, refuse),
  ];
}

function modifier(
  type: string,
  field: string,
  change: HeaderChange | undefined,
  refuse: (why: string) => void,
): Document[] {
  if (!change) return [];
  const { set, add, remove } = change;
  const fields = (pairs: HeaderChange['set']) =>
    pairs.map(([name, value]) => {
      if (value.replaceAll('%%', '').includes('%')) refuse(`the value of header ${name} is computed`);
      if (name.startsWith(':') || name === 'host') refuse(`header ${name} is the authority`);
      return { name, value: value.replaceAll('%%', '%') };
    });
  return [
    {
      type,
      [field]: {
        ...(set.length > 0 && { set: fields(set) }),
        ...(add.length > 0 && { add: fields(add) }),
        ...(remove.length > 0 && { remove }),
      },
    },
  ];
}
