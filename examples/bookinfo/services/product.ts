export interface Product {
  readonly id: number;
  readonly title: string;
  readonly description: string;
}

/** Everything this shop sells. */
export const products: readonly [Product, ...Product[]] = [
  {
    id: 0,
    title: 'Silas Marner',
    description:
      'A linen-weaver, driven out of one town by a lie, counts his gold alone in another until it is stolen, ' +
      'and something warmer is left on his hearth in its place.',
  },
];
