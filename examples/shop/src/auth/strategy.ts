/** How the services of a shop learn who is calling: not at all, or in one of the three ways of `@tidings/auth`. */
export const strategies = ['none', 'introspect', 'gateway', 'local'] as const

/** One of {@link strategies}. */
export type Strategy = (typeof strategies)[number]
