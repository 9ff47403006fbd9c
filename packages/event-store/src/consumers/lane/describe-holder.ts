import type { Holder } from '../../ledger/tables.ts'

/** Names the holder of a lane for a person who may have to look for it. */
export function describeHolder({ instance, host, pid, machine }: Holder, here: Holder): string {
  const where = host === here.host ? 'this machine' : (machine ?? 'another machine')
  return `instance ${instance} (process ${pid} on ${where})`
}
