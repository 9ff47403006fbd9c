import { type Faults, oneOf, pause } from './weather.ts'

/** What becomes of the server itself. */
export const serverFaults: Faults = new Map([
  [
    'server killed',
    async (scene) => {
      await scene.mongod.kill()
      await pause(0, 1_500, scene)
      await scene.mongod.start()
      return true
    },
  ],
  [
    'server stopped',
    async (scene) => {
      await scene.mongod.freeze()
      // Past the time within which a command is to be answered, or not.
      await pause(200, 4_500, scene)
      scene.mongod.thaw()
      return true
    },
  ],
  [
    'server stepped down',
    async ({ client, next }) => {
      await client.db('admin').command({ replSetStepDown: oneOf([1, 2], { next }), force: true })
      return true
    },
  ],
])
