// The import rule: imports point left, adapters see ports, nobody goes through an index.ts of their own package.
// To add a package, a room or a subpath export, add it to one of the tables below; the rules follow.

/** Package by package: which other packages its sources may import. */
const packages = {
  core: [],
  'event-store': ['core'],
  http: ['core'],
  auth: ['core', 'event-store', 'http'],
  testkit: ['core', 'event-store', 'http', 'auth'],
}

/**
 * Rooms in their order: a room may import itself and those to its left. Rooms in one pair of brackets stand side by side
 * and do not know each other. A package that is missing here has no order; one that is listed must name all its rooms.
 */
const rooms = {
  core: [['errors'], ['contracts'], ['ports'], ['envelope', 'runtime', 'telemetry'], ['bus', 'requests'], ['service']],
  'event-store': [
    ['log', 'telemetry'],
    ['ledger'],
    ['outbox'],
    ['handlers'],
    ['copies'],
    ['consumers'],
    ['replay'],
    ['boundaries'],
    ['system'],
  ],
  auth: [
    ['errors', 'encoding', 'timing'],
    ['contract'],
    ['keys'],
    ['tokens'],
    ['revocation'],
    ['strategies'],
    ['issuer', 'gateway', 'frameworks'],
  ],
}

/** Large rooms have rooms of their own, in the same order; what lies beside them puts them together. */
const innerRooms = {
  'core/src/requests': [['answering', 'policy'], ['asking']],
  'auth/src/keys': [['vetting'], ['fetching']],
  'auth/src/revocation': [['facts'], ['feed']],
  'auth/src/gateway': [['refusals'], ['routing', 'headers', 'minting'], ['forwarding']],
  'event-store/src/consumers': [['lane'], ['handling'], ['changes', 'parked']],
}

/** Adapters see the ports (in core) and themselves. Of the rooms, only the one that composes may see them. */
const adapters = {
  'event-store': { rooms: ['memory', 'mongodb', 'sqlite'], composedIn: 'system' },
}

const anyOf = (names) => `(${names.join('|')})`
const inRooms = (name, list) => `^packages/${name}/src/${anyOf(list)}/`
const publicEntry =
  '^packages/[^/]+/src/(index|memory/index|mongodb/index|sqlite/index|issuer|issuer-mongodb|verify-compact|gateway|express|fastify|fetch|hono)\\.ts$'
const testFile = '(\\.test|\\.test-d)\\.ts$'

const packageRules = Object.entries(packages).map(([name, allowed]) => ({
  name: `packages-${name}`,
  comment: `@tidings/${name} imports ${allowed.length === 0 ? 'no other package of ours' : `of our packages only ${allowed.join(', ')}`}.`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  to: { path: '^(packages|examples|bench)/', pathNot: `^packages/${anyOf([name, ...allowed])}/` },
}))

const roomRules = Object.entries(rooms).flatMap(([name, order]) => {
  const listed = [...order.flat(), ...(adapters[name]?.rooms ?? [])]
  const unlisted = {
    name: `rooms-${name}-unlisted`,
    comment: 'A room that no table names: give it its place in .dependency-cruiser.mjs.',
    severity: 'error',
    from: { path: `^packages/${name}/src/`, pathNot: [inRooms(name, listed), publicEntry] },
    to: {},
  }
  const ordered = order.flatMap((rank, index) =>
    rank.map((room) => ({
      name: `rooms-${name}-${room}`,
      comment: `In ${name}, ${room} imports only what stands to its left: ${['itself', ...order.slice(0, index).flat()].join(', ')}.`,
      severity: 'error',
      from: { path: `^packages/${name}/src/${room}/` },
      to: { path: inRooms(name, order.flat()), pathNot: inRooms(name, [room, ...order.slice(0, index).flat()]) },
    })),
  )
  return [unlisted, ...ordered]
})

const innerRoomRules = Object.entries(innerRooms).flatMap(([outer, order]) =>
  order.flatMap((rank, index) =>
    rank.map((room) => ({
      name: `rooms-${outer.replaceAll('/', '-')}-${room}`,
      comment: `In ${outer}, ${room} imports only what stands to its left: ${['itself', ...order.slice(0, index).flat()].join(', ')}.`,
      severity: 'error',
      from: { path: `^packages/${outer}/${room}/` },
      to: { path: `^packages/${outer}/`, pathNot: `^packages/${outer}/${anyOf([room, ...order.slice(0, index).flat()])}/` },
    })),
  ),
)

const adapterRules = Object.entries(adapters).flatMap(([name, { rooms: adapterRooms, composedIn }]) => [
  ...adapterRooms.map((room) => ({
    name: `adapters-${name}-${room}`,
    comment: `The adapter ${room} sees the ports in core and itself, never an engine and never another adapter.`,
    severity: 'error',
    from: { path: `^packages/${name}/src/${room}/`, pathNot: testFile },
    to: { path: `^packages/${name}/src/`, pathNot: `^packages/${name}/src/${room}/` },
  })),
  {
    name: `adapters-${name}-unseen`,
    comment: `Engines see ports, never an adapter; only ${composedIn} puts them together.`,
    severity: 'error',
    from: {
      path: `^packages/${name}/src/`,
      pathNot: [inRooms(name, [composedIn, ...adapterRooms]), testFile],
    },
    to: { path: inRooms(name, adapterRooms) },
  },
])

export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files that import each other in a circle, types included, cannot be understood one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-own-index',
      comment: 'Inside a package import the file that declares the name. Only tests may look at their package from outside.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/', pathNot: testFile },
      to: { path: '^packages/$1/src/(index|verify-compact|gateway|express|fastify|fetch|hono|issuer|issuer-mongodb|[a-z-]+/index)\\.ts$' },
    },
    {
      name: 'only-public-entries',
      comment: 'Another package is what its index.ts exports.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/[^/]+/', pathNot: ['^packages/$1/', publicEntry] },
    },
    {
      name: 'only-public-entries-outside',
      comment: 'Examples and benchmarks use what a user may use.',
      severity: 'error',
      from: { path: '^(examples|bench)/' },
      to: { path: '^packages/', pathNot: publicEntry },
    },
    {
      name: 'no-path-into-package',
      comment: 'Write the name of the package, not a path to its files.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|examples/[^/]+|bench)/' },
      to: { path: '^(packages|examples|bench)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    ...packageRules,
    ...roomRules,
    ...innerRoomRules,
    ...adapterRules,
    {
      name: 'no-undeclared',
      comment: 'Not in the package.json of the package that imports it.',
      severity: 'error',
      from: { path: '^(packages|examples|bench)/', pathNot: ['tsup\\.config\\.ts$', testFile, '/test/'] },
      // An optional peer is a development dependency too.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^packages/[^/]+/dist/' },
    // Imports that only name types count like all others.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
}
