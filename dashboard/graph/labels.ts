import type { Curve } from './curve.ts';
import type { Point, Rectangle } from './rectangle.ts';

/** A label that is to stand on a curve. */
export interface Label {
  readonly curve: Curve;
  readonly width: number;
  readonly height: number;
}

/** Shares of a curve's length, the best place first: edges of one caller part towards their ends. */
const shares = [0.6, 0.4, 0.5, 0.68, 0.32, 0.55, 0.45, 0.75, 0.25, 0.82, 0.18];

/** The centre of every label: where it covers least of the boxes and of the labels before it. */
export function placeLabels(labels: readonly Label[], obstacles: readonly Rectangle[]): Point[] {
  const taken: Rectangle[] = [];
  return labels.map(({ curve, width, height }) => {
    let [best, least] = [curve.at(0.6), Number.POSITIVE_INFINITY];
    for (const share of shares) {
      const point = curve.at(share);
      const covered = coverage(around(point, width, height), taken, obstacles);
      if (covered < least) [best, least] = [point, covered];
      if (covered === 0) break;
    }
    taken.push(around(best, width, height));
    return best;
  });
}

const around = ({ x, y }: Point, width: number, height: number): Rectangle => ({
  x: x - width / 2,
  y: y - height / 2,
  width,
  height,
});

function coverage(area: Rectangle, ...others: readonly (readonly Rectangle[])[]): number {
  return others.flat().reduce((sum, other) => sum + overlap(area, other), 0);
}

/** Square pixels that two rectangles share. */
export function overlap(a: Rectangle, b: Rectangle): number {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return wide > 0 && high > 0 ? wide * high : 0;
}
