import * as z from 'zod';

/** One resource of a revision; its text lies under its content address. */
export interface DocumentReference {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  /** 1-based line on which the text began. */
  readonly line: number;
  /** Content address of the text. */
  readonly text: string;
}

/** What a revision was made of. */
export interface RevisionRecord {
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** Content address of the signed manifest. */
  readonly manifest: string;
  /** The revision whose content it brought back. */
  readonly restored?: number | undefined;
  /** In the order in which they first came. */
  readonly documents: readonly DocumentReference[];
}

/** What one revision did to one resource. */
export interface ResourceChange {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
}

/** A record as it is stored. */
export const revisionRecord: z.ZodType<RevisionRecord> = z.object({
  revision: z.int().min(1),
  created: z.number(),
  manifest: z.string(),
  restored: z.int().optional(),
  documents: z.array(
    z.object({
      kind: z.string(),
      namespace: z.string(),
      name: z.string(),
      file: z.string(),
      line: z.int(),
      text: z.string(),
    }),
  ),
});

const keyOf = ({ kind, namespace, name }: DocumentReference): string => `${kind} ${namespace}/${name}`;

/** What differs, by resource; a document that only moved in its file has not changed. */
export function changesBetween(
  before: readonly DocumentReference[],
  after: readonly DocumentReference[],
): ResourceChange[] {
  const earlier = new Map(before.map((one) => [keyOf(one), one]));
  const later = new Set(after.map(keyOf));
  const told = ({ kind, namespace, name }: DocumentReference, change: ResourceChange['change']) => ({
    kind,
    namespace,
    name,
    change,
  });
  const written = after.flatMap((one) => {
    const old = earlier.get(keyOf(one));
    if (!old) return [told(one, 'added')];
    return old.text === one.text ? [] : [told(one, 'changed')];
  });
  const gone = before.filter((one) => !later.has(keyOf(one))).map((one) => told(one, 'removed'));
  return [...written, ...gone];
}

/** A line for people: `VirtualService default/reviews changed`, or counts where there are many. */
export function changeSummary(changes: readonly ResourceChange[], restored: number | undefined): string {
  const back = restored === undefined ? '' : `back to revision ${restored}: `;
  if (changes.length === 0) return `${back}nothing changed`;
  if (changes.length <= 2) return back + changes.map(changeText).join(', ');
  const count = (which: ResourceChange['change']) => changes.filter(({ change }) => change === which).length;
  const counts = (['added', 'changed', 'removed'] as const)
    .map((which) => [count(which), which] as const)
    .filter(([number]) => number > 0);
  return back + counts.map(([number, which]) => `${number} ${which}`).join(', ');
}

const changeText = ({ kind, namespace, name, change }: ResourceChange): string =>
  `${kind} ${namespace}/${name} ${change}`;
