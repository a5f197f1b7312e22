import type { Handler, VElement, VNode } from './element.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** What an element was last made like, and what it listens with. */
interface Made {
  readonly from: VElement;
  readonly listeners: Map<string, { handler: Handler }>;
}

const made = new WeakMap<Node, Made>();

/** Makes the children of `parent` like `nodes`, changing as little as possible: focus, scroll and input stay. */
export function patch(parent: Element, nodes: readonly VNode[]): void {
  const old = [...parent.childNodes];
  const matched = nodes.map((node) => take(old, node));
  // What is left over goes first: what stays is then in its place already.
  for (const node of old) node.remove();
  let cursor = parent.firstChild;
  for (const [index, node] of nodes.entries()) {
    const real = matched[index] ?? create(node, parent);
    if (real === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(real, cursor);
    update(real, node);
  }
}

/** Takes the existing node that is to become this one out of `old`. */
function take(old: ChildNode[], node: VNode): ChildNode | undefined {
  const key = typeof node === 'string' ? undefined : node.key;
  const fits = (real: ChildNode): boolean => {
    const from = made.get(real)?.from;
    if (typeof node === 'string') return real.nodeType === Node.TEXT_NODE;
    return from !== undefined && from.tag === node.tag && from.key === key;
  };
  const at = old.findIndex(fits);
  return at < 0 ? undefined : old.splice(at, 1)[0];
}

function create(node: VNode, parent: Element): ChildNode {
  if (typeof node === 'string') return document.createTextNode(node);
  const inSvg = node.tag === 'svg' || (parent.namespaceURI === SVG && parent.localName !== 'foreignObject');
  const element = inSvg ? document.createElementNS(SVG, node.tag) : document.createElement(node.tag);
  made.set(element, { from: { ...node, attributes: new Map() }, listeners: new Map() });
  return element;
}

function update(real: ChildNode, node: VNode): void {
  if (typeof node === 'string') {
    if (real.nodeValue !== node) real.nodeValue = node;
    return;
  }
  const before = made.get(real);
  if (!(real instanceof Element) || before === undefined) return;
  updateAttributes(real, before.from.attributes, node.attributes);
  updateListeners(real, before.listeners, node.handlers);
  made.set(real, { from: node, listeners: before.listeners });
  // A textarea's text is its value.
  if (node.tag !== 'textarea') patch(real, node.children);
  // After the children: a select knows its options only then.
  updateValue(real, node);
}

function updateAttributes(
  element: Element,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): void {
  for (const name of before.keys()) if (!after.has(name)) element.removeAttribute(name);
  for (const [name, value] of after) if (before.get(name) !== value) element.setAttribute(name, value);
}

function updateListeners(
  element: Element,
  listeners: Map<string, { handler: Handler }>,
  handlers: ReadonlyMap<string, Handler>,
): void {
  for (const [type, listener] of listeners) listener.handler = handlers.get(type) ?? ignore;
  for (const [type, handler] of handlers) {
    if (listeners.has(type)) continue;
    const listener = { handler };
    listeners.set(type, listener);
    element.addEventListener(type, (event) => listener.handler(event));
  }
}

const ignore = (): void => undefined;

/** The attribute is only the first value of a field. */
function updateValue(element: Element, { attributes }: VElement): void {
  const value = attributes.get('value');
  const isField =
    element instanceof HTMLInputElement ||
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement;
  if (isField && value !== undefined && element.value !== value) element.value = value;
}
