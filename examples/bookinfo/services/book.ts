import * as z from 'zod';

const stars = z.number().int().min(0).max(5);

/** What `GET /details/:id` answers. */
export const details = z.object({
  id: z.number(),
  author: z.string(),
  year: z.number(),
  type: z.string(),
  pages: z.number(),
  publisher: z.string(),
  language: z.string(),
  'ISBN-10': z.string(),
  'ISBN-13': z.string(),
});

/** What `GET /ratings/:id` answers: stars from 0 to 5 by reviewer. */
export const ratings = z.object({
  id: z.number(),
  ratings: z.object({ Reviewer1: stars, Reviewer2: stars }),
});

/** What `GET /reviews/:id` answers. `rating` is absent in v1, an error where ratings did not answer. */
export const reviews = z.object({
  id: z.number(),
  podname: z.string(),
  clustername: z.string(),
  reviews: z.array(
    z.object({
      reviewer: z.string(),
      text: z.string(),
      rating: z
        .union([z.object({ stars, color: z.enum(['black', 'red']) }), z.object({ error: z.string() })])
        .optional(),
    }),
  ),
});

export type Details = z.infer<typeof details>;
export type Ratings = z.infer<typeof ratings>;
export type Reviews = z.infer<typeof reviews>;
export type Review = Reviews['reviews'][number];
