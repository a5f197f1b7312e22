import { Hono } from 'hono';
import { type Ratings, type Review, type Reviews, ratings } from './book.ts';
import { type Answer, call, type Fetch } from './call.ts';
import { passOn } from './pass-on.ts';

export interface ReviewsOptions {
  /** `v1` has no stars and never asks ratings, `v2` has black ones, `v3` red ones. */
  readonly version: string;
  readonly fetch: Fetch;
  /** Who answered, as the page shows it. */
  readonly podname: string;
  readonly clustername: string;
}

type Reviewer = keyof Ratings['ratings'];
type Color = 'black' | 'red';

const colors: ReadonlyMap<string, Color> = new Map([
  ['v2', 'black'],
  ['v3', 'red'],
]);

const written: readonly { readonly reviewer: Reviewer; readonly text: string }[] = [
  {
    reviewer: 'Reviewer1',
    text: 'A weaver loses his gold and finds a child. I read it in one sitting and missed my stop twice.',
  },
  {
    reviewer: 'Reviewer2',
    text: 'Slow at the start, like threading a loom. Then every strand turns out to have been needed.',
  },
];

/** Readers' opinions of a book. */
export function reviewsApp(options: ReviewsOptions): Hono {
  const { version, podname, clustername } = options;
  const color = colors.get(version);
  const app = new Hono();
  app.get('/health', (c) => c.json({ status: 'ok', app: 'reviews', version }));
  app.get('/reviews/:id{[0-9]+}', async (c) => {
    const id = Number(c.req.param('id'));
    const rated = color && { color, answer: await askRatings(options.fetch, id, c.req.raw.headers) };
    const reviews = written.map((review) => ({ ...review, ...(rated && { rating: rate(review, rated) }) }));
    return c.json({ id, podname, clustername, reviews } satisfies Reviews);
  });
  app.get('/reviews/:id', (c) => c.json({ error: 'The id of a book is a number.' }, 400));
  return app;
}

function askRatings(fetch: Fetch, id: number, incoming: Headers): Promise<Answer<Ratings>> {
  // Shorter than the 3 s that productpage grants reviews, so that slow ratings cost the stars and not the texts.
  const timeoutMs = 2500;
  return call(fetch, {
    url: `http://ratings:9080/ratings/${id}`,
    shape: ratings,
    headers: passOn(incoming),
    timeoutMs,
  });
}

function rate(
  { reviewer }: { reviewer: Reviewer },
  { color, answer }: { color: Color; answer: Answer<Ratings> },
): NonNullable<Review['rating']> {
  if (!answer.ok) return { error: 'Ratings are unavailable.' };
  return { stars: answer.value.ratings[reviewer], color };
}
