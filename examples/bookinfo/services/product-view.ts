import { html } from 'hono/html';
import type { Details, Review, Reviews } from './book.ts';
import type { Answer } from './call.ts';
import type { Product } from './product.ts';

export interface ProductView {
  readonly product: Product;
  readonly user: string | undefined;
  readonly details: Answer<Details>;
  readonly reviews: Answer<Reviews>;
}

type Html = ReturnType<typeof html>;

/** The page as HTML. Everything put into `html` is escaped, whoever it came from. */
export function productPage({ product, user, details, reviews }: ProductView): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${product.title} · Bookinfo</title>
    <link rel="icon" href="/static/icon.svg">
    <link rel="stylesheet" href="/static/bookinfo.css">
  </head>
  <body>
    <header>
      <a class="brand" href="/productpage">Bookinfo</a>
      ${account(user)}
    </header>
    <main>
      <section class="hero">
        <h1>${product.title}</h1>
        <p>${product.description}</p>
      </section>
      <section class="panel">
        <h2>Book details</h2>
        ${details.ok ? detailList(details.value) : failure('Error fetching product details!', details.reason)}
      </section>
      <section class="panel">
        <h2>Book reviews</h2>
        ${reviews.ok ? reviewList(reviews.value) : failure('Error fetching product reviews!', reviews.reason)}
      </section>
    </main>
    <footer>
      Reload to meet another version of reviews. Sign in as <b>jason</b> to meet v2 every time.
    </footer>
  </body>
</html>
`;
}

function account(user: string | undefined): Html {
  if (user !== undefined) {
    return html`<p class="account">Signed in as <b>${user}</b> <a href="/logout">Sign out</a></p>`;
  }
  return html`<form class="account" method="post" action="/login">
        <input name="username" aria-label="User name" placeholder="Any name will do" required
          maxlength="64" autocomplete="username">
        <button>Sign in</button>
      </form>`;
}

function detailList(details: Details): Html {
  const rows: [string, string | number][] = [
    ['Author', details.author],
    ['Year', details.year],
    ['Type', details.type],
    ['Pages', details.pages],
    ['Publisher', details.publisher],
    ['Language', details.language],
    ['ISBN-10', details['ISBN-10']],
    ['ISBN-13', details['ISBN-13']],
  ];
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function reviewList({ reviews, podname, clustername }: Reviews): Html {
  return html`${reviews.map(
    (review) => html`<figure>
          <blockquote>${review.text}</blockquote>
          <figcaption>${review.reviewer} ${rating(review)}</figcaption>
        </figure>`,
  )}
        <p class="served">Reviews served by <code>${podname}</code> in <code>${clustername}</code></p>`;
}

function rating({ rating }: Review): Html | string {
  if (rating === undefined) return '';
  if ('error' in rating) return html`<span class="missing">${rating.error}</span>`;
  const { stars, color } = rating;
  return html`<span class="stars ${color}" role="img" aria-label="${stars} of 5 stars">${'★'.repeat(stars)}${'☆'.repeat(5 - stars)}</span>`;
}

function failure(message: string, reason: string): Html {
  return html`<div class="failure" role="alert"><b>${message}</b><p>The service behind this panel: ${reason}.</p></div>`;
}
