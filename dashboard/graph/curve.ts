import type { Point, Rectangle } from './rectangle.ts';

/** A drawn edge. */
export interface Curve {
  /** SVG path data. */
  readonly path: string;
  /** The point at a share of its length, by pieces. */
  at(share: number): Point;
}

type Cubic = readonly [Point, Point, Point, Point];

/** A smooth way between two rectangles that passes `via`, which lie from left to right. */
export function curveThrough(from: Rectangle, to: Rectangle, via: readonly Point[]): Curve {
  if (from.x === to.x) return curveOf([besides(from, to)]);
  const forward = from.x < to.x;
  const start = { x: forward ? from.x + from.width : from.x, y: middle(from) };
  const end = { x: forward ? to.x : to.x + to.width, y: middle(to) };
  const stops = [start, ...(forward ? via : via.toReversed()), end];
  return curveOf(stops.slice(1).map((stop, index) => piece(stops[index] ?? start, stop)));
}

const middle = ({ y, height }: Rectangle): number => y + height / 2;

function piece(a: Point, b: Point): Cubic {
  const reach = (b.x - a.x) / 2;
  return [a, { x: a.x + reach, y: a.y }, { x: b.x - reach, y: b.y }, b];
}

/** Within one column the edge goes round the right side; to itself it is a small loop. */
function besides(from: Rectangle, to: Rectangle): Cubic {
  const right = Math.max(from.x + from.width, to.x + to.width);
  const same = from.y === to.y;
  const [start, end] = [middle(from) - (same ? 8 : 0), middle(to) + (same ? 8 : 0)];
  const reach = right + 44 + Math.min(40, Math.abs(end - start) / 4);
  return [
    { x: right, y: start },
    { x: reach, y: start },
    { x: reach, y: end },
    { x: right, y: end },
  ];
}

function curveOf(pieces: readonly Cubic[]): Curve {
  const [first] = pieces;
  const text = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
  const path = pieces.map(([, b, c, d]) => `C${text(b)} ${text(c)} ${text(d)}`).join('');
  return {
    path: `M${text(first?.[0] ?? { x: 0, y: 0 })}${path}`,
    at: (share) => {
      const scaled = Math.min(Math.max(share, 0), 0.999999) * pieces.length;
      const cubic = pieces[Math.floor(scaled)];
      return cubic === undefined ? { x: 0, y: 0 } : onCubic(cubic, scaled % 1);
    },
  };
}

function onCubic([a, b, c, d]: Cubic, t: number): Point {
  const u = 1 - t;
  const mix = (axis: 'x' | 'y') =>
    u ** 3 * a[axis] + 3 * u * u * t * b[axis] + 3 * u * t * t * c[axis] + t ** 3 * d[axis];
  return { x: mix('x'), y: mix('y') };
}

const round = (value: number): number => Math.round(value * 10) / 10;
