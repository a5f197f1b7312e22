/** What an element should be like; plain data, so that views are pure functions. */
export interface VElement {
  readonly tag: string;
  /** Keeps an element the same one when its place among its siblings changes. */
  readonly key: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly children: readonly VNode[];
}

/** Text becomes a text node: nothing is ever read as markup. */
export type VNode = VElement | string;

export type Handler = (event: Event) => void;

/** Attributes by name; `onclick` and its like take a function, `key` names the element among its siblings. */
export type Properties = Readonly<Record<string, string | number | boolean | Handler | undefined>>;

/** Whatever is not there leaves no trace. */
export type Child = VNode | number | false | undefined | readonly Child[];

/** Describes an element; `true` is an attribute without value, `false` and undefined are no attribute. */
export function h(tag: string, properties: Properties, ...children: readonly Child[]): VElement {
  const attributes = new Map<string, string>();
  const handlers = new Map<string, Handler>();
  let key: string | undefined;
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'key') key = String(value);
    else if (typeof value === 'function') handlers.set(name.slice(2), value);
    else if (value !== undefined && value !== false)
      attributes.set(name, value === true ? '' : String(value));
  }
  return { tag, key, attributes, handlers, children: nodesOf(children) };
}

/** All text in a description, in order. */
export function textOf(node: VNode): string {
  return typeof node === 'string' ? node : node.children.map(textOf).join('');
}

function nodesOf(children: readonly Child[]): VNode[] {
  return children.flatMap((child): VNode[] => {
    if (child === undefined || child === false || child === '') return [];
    if (isList(child)) return nodesOf(child);
    return [typeof child === 'number' ? String(child) : child];
  });
}

function isList(child: Exclude<Child, undefined | false>): child is readonly Child[] {
  return Array.isArray(child);
}
